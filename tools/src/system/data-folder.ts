import { constants } from "node:fs";
import { access, chmod } from "node:fs/promises";
import { join } from "node:path";
import { makeFolders } from "../make-folders.ts";
import { StartFault } from "../start-fault.ts";

/** Where an installation keeps what outlives a run. */
export interface DataFolder {
  path: string;
  postgres: string;
  logs: string;
  /** Node's cache of compiled code, shared by all services. */
  compileCache: string;
  secretsFile: string;
  runFile: string;
  logFile(name: string): string;
}

/** Makes the data folder, or refuses in one sentence when it cannot be written. */
export async function prepareDataFolder(path: string): Promise<DataFolder> {
  if (process.platform === "win32") {
    throw new StartFault("The system runs on Linux and macOS: on Windows, start it inside WSL.");
  }
  const logs = join(path, "logs");
  try {
    const isNew = await makeFolders(path);
    // Root's PostgreSQL runs as another user and has to pass through; what is secret in it is closed on its own.
    if (isNew) await chmod(path, 0o755);
    await access(path, constants.W_OK | constants.X_OK);
    await makeFolders(logs, 0o700);
    await access(logs, constants.W_OK | constants.X_OK);
  } catch (err) {
    const { code } = err as NodeJS.ErrnoException;
    throw new StartFault(
      `The data folder ${path} cannot be written (${code}): start as the user who owns it, or choose another with --data-dir.`,
      { cause: err },
    );
  }
  return {
    path,
    postgres: join(path, "postgres"),
    logs,
    compileCache: join(path, "compile-cache"),
    secretsFile: join(path, "secrets.json"),
    runFile: join(path, "run.json"),
    logFile: (name) => join(logs, `${name}.log`),
  };
}
