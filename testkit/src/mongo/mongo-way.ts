import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { findOnPath } from "@shop/tools/system/find-on-path";
import { fetchJars } from "./java-jars.ts";

/** How tests come by a MongoDB, or why they do not. */
export type MongoWay =
  | { kind: "uri" }
  | { kind: "mongod"; command: string }
  | { kind: "java"; jars: string }
  | { kind: "none"; why: string };

/** MONGO_URI where it is set, else a `mongod` on PATH, else a server in Java whose parts Maven fetches once. */
export async function findMongoWay({ MONGO_URI, PATH }: NodeJS.ProcessEnv): Promise<MongoWay> {
  if (MONGO_URI) return { kind: "uri" };
  const command = await findOnPath("mongod", PATH);
  if (command !== undefined) return { kind: "mongod", command };
  if (!(await hasJava17())) return none("neither MONGO_URI nor a mongod or a JDK of Java 17 on PATH");
  try {
    return { kind: "java", jars: await fetchJars() };
  } catch (err) {
    return none(
      `neither MONGO_URI nor a mongod on PATH, and mvn could not fetch the server in Java: ${firstLineOf(err)}`,
    );
  }
}

function none(why: string): MongoWay {
  return { kind: "none", why };
}

/** A JRE does not do: the launcher is compiled as it is started. */
async function hasJava17(): Promise<boolean> {
  try {
    const { stdout } = await promisify(execFile)("javac", ["-version"], { timeout: 20_000 });
    return Number(/^javac (\d+)/.exec(stdout)?.[1]) >= 17;
  } catch {
    return false; // not installed
  }
}

function firstLineOf(err: unknown): string {
  return String(err instanceof Error ? err.message : err).split("\n", 1)[0] ?? "";
}
