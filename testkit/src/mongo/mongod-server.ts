import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmbeddedMongo } from "@shop/tools/embedded-mongo";
import { removeAbandonedFolders } from "../abandoned-folders.ts";
import type { TestMongoServer } from "./test-mongo-server.ts";

const prefix = "shop-test-mongod-";

/** Starts a `mongod` in a temporary folder, as a replica set of one. */
export async function startMongodServer(command: string): Promise<TestMongoServer> {
  await removeAbandonedFolders(prefix);
  const folder = await mkdtemp(join(tmpdir(), `${prefix}${process.pid}-`));
  const remove = () => rm(folder, { recursive: true, force: true, maxRetries: 5 });
  try {
    const server = await startEmbeddedMongo({ command, folder, port: 0 });
    return {
      uri: server.uri(""),
      async stop() {
        try {
          await server.kill();
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
