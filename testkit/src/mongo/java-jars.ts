import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { access, mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const cache = join(import.meta.dirname, "..", "..", "..", "node_modules", ".cache");
const pom = join(import.meta.dirname, "pom.xml");
const limitMs = 120_000;

/**
 * The folder of what the pom names. Where it is not there yet, Maven fetches it, from wherever its user has told it to.
 * Processes that fetch at the same time do not disturb each other: the folder gets its name last.
 */
export async function fetchJars(): Promise<string> {
  const version = createHash("sha256")
    .update(await readFile(pom))
    .digest("hex")
    .slice(0, 16);
  const folder = join(cache, `test-mongo-${version}`);
  if (await exists(folder)) return folder;
  await mkdir(cache, { recursive: true });
  const unfinished = await mkdtemp(`${folder}-`);
  try {
    const args = ["-B", "-q", "-f", pom, "dependency:copy-dependencies", `-DoutputDirectory=${unfinished}`];
    await promisify(execFile)("mvn", args, { timeout: limitMs, killSignal: "SIGKILL" });
    await rename(unfinished, folder);
  } catch (err) {
    await rm(unfinished, { recursive: true, force: true });
    if (await exists(folder)) return folder;
    throw err;
  }
  return folder;
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false; // not fetched yet
  }
}
