import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "@shop/tools/embedded-postgres";
import { isAlive } from "@shop/tools/process-table";

const prefix = "shop-test-postgres-";

export interface TestPostgres {
  server: EmbeddedPostgres;
  /** Stops the server and removes its folder. */
  stop(): Promise<void>;
}

/** Starts one server for all tests of a run, in a temporary folder named after this process. */
export async function startTestPostgres(): Promise<TestPostgres> {
  await removeAbandonedFolders();
  const folder = await mkdtemp(join(tmpdir(), `${prefix}${process.pid}-`));
  const remove = () => rm(folder, { recursive: true, force: true, maxRetries: 5 });
  try {
    const server = await startEmbeddedPostgres({ folder, port: 0, durable: false });
    return {
      server,
      async stop() {
        try {
          await server.stop();
        } finally {
          await remove();
        }
      },
    };
  } catch (err) {
    await remove();
    throw err;
  }
}

/** A killed run's server ends by itself, but nobody is left to remove its folder. */
async function removeAbandonedFolders(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    // Another user's folder cannot be removed, and is not ours to remove.
    await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => undefined);
  }
}
