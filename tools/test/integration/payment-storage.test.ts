import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { takeRunFile } from "../../src/supervisor/run-file.ts";
import { createSupervision } from "../../src/supervisor/supervision.ts";
import { prepareDataFolder } from "../../src/system/data-folder.ts";
import type { PaymentChoice } from "../../src/system/payment-place.ts";
import { startPaymentStorage } from "../../src/system/payment-storage.ts";
import { choosePorts } from "../../src/system/ports.ts";
import { readOrMintSecrets } from "../../src/system/secrets.ts";
import { makeFolder, removeFolders } from "../_folders.ts";

afterAll(removeFolders);

async function startWith(choice: (command: string) => PaymentChoice) {
  const folder = await prepareDataFolder(join(await makeFolder(), "data"));
  await mkdir(folder.logs, { recursive: true });
  const command = join(folder.path, "mongod");
  await writeFile(command, "#!/bin/sh\necho 'Illegal instruction'\nexit 132\n", { mode: 0o755 });
  const wiring = { ports: await choosePorts({ free: true }), secrets: await readOrMintSecrets(folder.secretsFile, []) };
  const supervision = createSupervision({});
  const runFile = await takeRunFile(folder.runFile, 100);
  try {
    const { place, word } = await startPaymentStorage({
      folder,
      runFile,
      supervision,
      wiring,
      choice: choice(command),
    });
    const kept = await readFile(join(folder.path, "payments-place"), "utf8");
    return { place: place.kind, word, kept: kept.trim(), mongoUri: "mongoUri" in wiring ? wiring.mongoUri : undefined };
  } finally {
    await supervision.stop();
  }
}

test("falls back to PostgreSQL at the first start with a mongod that does not run, says why, and keeps to it", async () => {
  expect(await startWith((command) => ({ place: { kind: "mongod", command }, isFirst: true }))).toEqual({
    place: "postgres",
    word: expect.stringMatching(/^kept in PostgreSQL: mongod did not start .*Illegal instruction/),
    kept: "postgres",
    mongoUri: undefined,
  });
});

test("does not start without the mongod that has the payments", async () => {
  await expect(startWith((command) => ({ place: { kind: "mongod", command }, isFirst: false }))).rejects.toThrow(
    "mongod did not start (it ended with exit code 132)",
  );
});

test("hands MONGO_URI on, shows no part of it, and says what stays behind", async () => {
  const uri = "mongodb://shop:secret@host/payments";
  expect(await startWith(() => ({ place: { kind: "uri", uri }, isFirst: false, left: "PostgreSQL" }))).toEqual({
    place: "uri",
    word: "kept in the MongoDB of MONGO_URI; those in PostgreSQL stay there, and are not refunded from here",
    kept: "uri",
    mongoUri: uri,
  });
});
