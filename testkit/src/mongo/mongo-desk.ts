import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { startJavaServer } from "./java-server.ts";
import type { MongoWay } from "./mongo-way.ts";
import { startMongodServer } from "./mongod-server.ts";
import type { TestMongoServer } from "./test-mongo-server.ts";

/** Gives the processes of one run their one server, which is started when the first of them asks. */
export interface MongoDesk {
  port: number;
  close(): Promise<void>;
}

/** What a process is answered that connects to the desk. */
export type DeskAnswer = { uri: string } | { fault: string };

/** Opens the desk on 127.0.0.1. */
export async function openMongoDesk(way: MongoWay & { kind: "mongod" | "java" }): Promise<MongoDesk> {
  let started: Promise<TestMongoServer> | undefined;
  const desk = createServer((socket) => {
    socket.on("error", () => undefined); // who asked has gone
    started ??= way.kind === "java" ? startJavaServer(way.jars) : startMongodServer(way.command);
    started.then(
      ({ uri }) => socket.end(JSON.stringify({ uri } satisfies DeskAnswer)),
      (err: unknown) => socket.end(JSON.stringify({ fault: String(err) } satisfies DeskAnswer)),
    );
  });
  desk.listen(0, "127.0.0.1");
  await once(desk, "listening");
  return {
    port: (desk.address() as AddressInfo).port,
    async close() {
      desk.close();
      const server = await started?.catch(() => undefined); // told to those who asked
      await server?.stop();
    },
  };
}
