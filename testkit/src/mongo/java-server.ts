import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startGuarded } from "@shop/tools/supervisor/guarded-process";
import { openLogFile } from "@shop/tools/supervisor/log-file";
import { removeAbandonedFolders } from "../abandoned-folders.ts";
import { eventually } from "../eventually.ts";
import type { TestMongoServer } from "./test-mongo-server.ts";

const launcher = join(import.meta.dirname, "TestMongo.java");
const prefix = "shop-test-mongo-";

/** What a server needs that lives for a minute: little memory, no time for the best machine code. */
const settings = ["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];

/** Starts the server in Java, which keeps everything in memory and ends with this process. */
export async function startJavaServer(jars: string): Promise<TestMongoServer> {
  await removeAbandonedFolders(prefix);
  const folder = await mkdtemp(join(tmpdir(), `${prefix}${process.pid}-`));
  const log = openLogFile(join(folder, "server.log"));
  const server = await startGuarded("java", [...settings, "-cp", join(jars, "*"), launcher, "0"], {
    env: { PATH: process.env.PATH, JAVA_HOME: process.env.JAVA_HOME },
    graceMs: 1000,
    output: log.descriptor,
  });
  const stop = async () => {
    await server.kill();
    log.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const port = await eventually(() => portIn(log.path), { timeoutMs: 60_000, intervalMs: 50 });
    return { uri: `mongodb://127.0.0.1:${port}/`, stop };
  } catch (err) {
    const said = await readFile(log.path, "utf8");
    await stop();
    throw new Error(`The MongoDB server in Java did not start; it said: ${said}`, { cause: err });
  }
}

/** Writes a script that is started as a `mongod` is, and gives its path. */
export async function writeFakeMongod(folder: string, jars: string, wasElsewhere = ""): Promise<string> {
  const path = join(folder, "mongod");
  const java = ["java", ...settings, "-cp", `'${join(jars, "*")}'`, `'${launcher}'`].join(" ");
  const script = `#!/bin/sh
while [ "$1" != --port ]; do shift; done
exec ${java} "$2" ${wasElsewhere}
`;
  await writeFile(path, script, { mode: 0o755 });
  return path;
}

async function portIn(logFile: string): Promise<string> {
  const port = /^listening on (\d+)$/m.exec(await readFile(logFile, "utf8"))?.[1];
  if (port === undefined) throw new Error("It does not listen yet.");
  return port;
}
