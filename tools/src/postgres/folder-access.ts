import { stat } from "node:fs/promises";
import { dirname } from "node:path";

/** The outermost folder on the way to `path` that a user may not enter; undefined when the way is open. */
export async function findBlockingFolder(
  path: string,
  user: { uid: number; gid: number },
): Promise<string | undefined> {
  for (const folder of ancestors(path)) {
    const { uid, gid, mode } = await stat(folder);
    const shift = uid === user.uid ? 6 : gid === user.gid ? 3 : 0;
    if (((mode >> shift) & 1) === 0) return folder;
  }
  return undefined;
}

function ancestors(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [] : [...ancestors(parent), parent];
}
