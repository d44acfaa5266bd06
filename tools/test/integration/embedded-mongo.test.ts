import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describeWithMongod, findTestMongod } from "@shop/testkit/mongo";
import { MongoClient } from "mongodb";
import { type EmbeddedMongo, startEmbeddedMongo } from "../../src/embedded-mongo.ts";
import { isAlive } from "../../src/supervisor/process-table.ts";
import { makeFolder, removeFolders } from "../_folders.ts";

afterAll(removeFolders);

describeWithMongod("a mongod that is found", () => {
  test("is a replica set of one that takes a majority's writes, and ends when it is asked to", async () => {
    const folder = await makeFolder();
    const command = await findTestMongod(folder);
    const server = await startEmbeddedMongo({ command, folder, port: 0 });
    try {
      const { setName, isWritablePrimary, written } = await use(server);
      expect({ setName, isWritablePrimary, written }).toEqual({ setName: "shop", isWritablePrimary: true, written: 1 });
    } finally {
      await server.stop();
    }
    expect(isAlive(server.pid)).toBe(false);
  }, 60_000);
});

describeWithMongod("a mongod that was last started on another port", () => {
  test("is the primary of its replica set at the new one", async () => {
    const folder = await makeFolder();
    const command = await findTestMongod(folder, { wasElsewhere: "shop" });
    const server = await startEmbeddedMongo({ command, folder, port: 0 });
    try {
      expect(await use(server)).toMatchObject({ setName: "shop", isWritablePrimary: true, written: 1 });
    } finally {
      await server.stop();
    }
  }, 60_000);
});

async function use(server: EmbeddedMongo) {
  const client = new MongoClient(server.uri("test"), { serverSelectionTimeoutMS: 10_000 });
  try {
    const hello = await client.db().command({ hello: 1 });
    const written = await client
      .db()
      .collection("kept")
      .insertOne({}, { writeConcern: { w: "majority" } });
    return { ...hello, written: Number(written.acknowledged) } as Record<string, unknown>;
  } finally {
    await client.close();
  }
}

test("says what a mongod said that does not start, and leaves nothing running", async () => {
  const folder = await makeFolder();
  const command = join(folder, "mongod");
  await writeFile(command, "#!/bin/sh\necho 'the data were made by a later version'\nexit 62\n", { mode: 0o755 });

  await expect(startEmbeddedMongo({ command, folder, port: 0 })).rejects.toThrow(
    "mongod did not start (it ended with exit code 62); its log says: the data were made by a later version",
  );
});
