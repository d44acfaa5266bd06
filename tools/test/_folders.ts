import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const made: string[] = [];

/** A temporary folder that any user may enter; removed by `removeFolders`. */
export async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "shop-tools-test-"));
  await chmod(folder, 0o755);
  made.push(folder);
  return folder;
}

export async function removeFolders(): Promise<void> {
  for (const folder of made.splice(0)) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}
