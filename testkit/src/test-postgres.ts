import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "@shop/tools/embedded-postgres";
import { removeAbandonedFolders } from "./abandoned-folders.ts";

const prefix = "shop-test-postgres-";

export interface TestPostgres {
  server: EmbeddedPostgres;
  /** Stops the server and removes its folder. */
  stop(): Promise<void>;
}

/** Starts one server for all tests of a run, in a temporary folder named after this process. */
export async function startTestPostgres(): Promise<TestPostgres> {
  await removeAbandonedFolders(prefix);
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
