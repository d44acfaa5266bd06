import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Makes a folder and those above it; false where it was there. Node's own recursive mkdir never ends in a file system that
 * answers ENOENT where nothing can be made, such as /proc.
 */
export async function makeFolders(path: string, mode?: number): Promise<boolean> {
  try {
    await mkdir(path, mode);
    return true;
  } catch (err) {
    const { code } = err as NodeJS.ErrnoException;
    if (code === "EEXIST" && (await stat(path)).isDirectory()) return false;
    const parent = dirname(path);
    if (code !== "ENOENT" || parent === path || (await exists(parent))) throw err;
    await makeFolders(parent);
    await mkdir(path, mode);
    return true;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw err;
  }
}
