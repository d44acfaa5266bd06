import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/**
 * What becomes of a COMMIT whose connection is cut:
 *
 * - `landed`: the server has committed, and its answer is lost;
 * - `lost`: the COMMIT has never reached the server;
 * - `late`: it reaches the server a while after its sender has given it up.
 */
export type Cut = "landed" | "lost" | "late";

/** Stands between a service and PostgreSQL. */
export interface CuttingProxy {
  /** The connection string through the proxy. */
  readonly url: string;
  /** How many connections were cut at a COMMIT. */
  readonly cuts: number;
  /** Cuts the n-th COMMIT from now on of a connection whose application's name ends so. */
  arm(application: string, cut: Cut, nth: number): void;
  /** Cuts the connection of such an application instead of passing on the next answer that holds these bytes. */
  armAnswer(application: string, bytes: string): void;
  close(): Promise<void>;
}

const lateMs = 700;

/** Starts a proxy to the database of the connection string. */
export async function openCuttingProxy(databaseUrl: string): Promise<CuttingProxy> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let armed: { readonly application: string; readonly cut: Cut; left: number } | undefined;
  let armedAnswer: { readonly application: string; readonly bytes: Buffer } | undefined;
  let cuts = 0;

  /** The cut of this COMMIT, if it is its turn. */
  function cutNow(application: string): Cut | undefined {
    if (armed === undefined || !application.endsWith(armed.application)) return undefined;
    armed.left -= 1;
    if (armed.left > 0) return undefined;
    const { cut } = armed;
    armed = undefined;
    cuts += 1;
    return cut;
  }

  const server = createServer((client) => {
    const database = connect(Number(target.port), target.hostname);
    let application: string | undefined;
    for (const socket of [client, database]) {
      sockets.add(socket);
      socket.on("error", () => undefined); // cut on purpose, or by the other side
      socket.on("close", () => sockets.delete(socket));
    }
    const relay = (bytes: Buffer) => {
      if (armedAnswer && application?.endsWith(armedAnswer.application) && bytes.includes(armedAnswer.bytes)) {
        armedAnswer = undefined;
        cuts += 1;
        client.destroy();
        return;
      }
      client.write(bytes);
    };
    database.on("data", relay);
    database.on("close", () => client.destroy());
    client.on("close", () => {
      if (client.destroyed && !database.destroyed && !isWaiting) database.end();
    });
    let isWaiting = false;
    client.on("data", (bytes) => {
      application ??= applicationOf(bytes);
      const cut = bytes.includes("COMMIT\0") ? cutNow(application) : undefined;
      switch (cut) {
        case undefined:
          database.write(bytes);
          return;
        case "lost":
          database.destroy();
          client.destroy();
          return;
        case "landed":
          database.off("data", relay);
          database.on("data", (answer) => {
            if (answer.includes("COMMIT\0")) database.destroy();
          });
          database.write(bytes);
          return;
        case "late":
          isWaiting = true;
          client.destroy();
          setTimeout(() => database.end(bytes), lateMs).unref();
          return;
        default:
          cut satisfies never;
      }
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = new URL(databaseUrl);
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    get cuts() {
      return cuts;
    },
    arm(application, cut, nth) {
      armed = { application, cut, left: nth };
    },
    armAnswer(application, bytes) {
      armedAnswer = { application, bytes: Buffer.from(bytes, "latin1") };
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** The start-up message is a list of names and values, each ended by a NUL. */
function applicationOf(startup: Buffer): string {
  return /application_name\0([^\0]*)\0/.exec(startup.toString("latin1"))?.[1] ?? "";
}
