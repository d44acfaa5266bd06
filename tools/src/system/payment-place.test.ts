import { mkdtempSync, rmSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { choosePaymentPlace, describePlace, keepPaymentPlace } from "./payment-place.ts";

const mongoUri = "mongodb://shop:secret@host/payments";
const mongod = "/usr/bin/mongod";
let dataFolder: string;

beforeEach(() => {
  dataFolder = mkdtempSync(join(tmpdir(), "shop-place-"));
});

afterEach(() => rmSync(dataFolder, { recursive: true }));

async function choose(found: { mongoUri?: string; mongod?: string }) {
  const postgresFolder = join(dataFolder, "postgres");
  const choice = await choosePaymentPlace({
    dataFolder,
    postgresFolder,
    mongoUri: undefined,
    mongod: undefined,
    ...found,
  });
  await keepPaymentPlace(dataFolder, choice.place);
  return choice;
}

test.each([
  ["MONGO_URI before all else", { mongoUri, mongod }, { kind: "uri", uri: mongoUri }],
  ["a mongod on PATH before PostgreSQL", { mongod }, { kind: "mongod", command: mongod }],
  ["PostgreSQL where there is nothing else", {}, { kind: "postgres" }],
  ["PostgreSQL where MONGO_URI is empty", { mongoUri: "" }, { kind: "postgres" }],
])("takes %s, and the same at the next start", async (_, found, place) => {
  expect(await choose(found)).toEqual({ place, isFirst: true });
  expect(await choose(found)).toEqual({ place, isFirst: false });
});

test("keeps to PostgreSQL where a mongod turns up later", async () => {
  await choose({});
  expect(await choose({ mongod })).toEqual({ place: { kind: "postgres" }, isFirst: false });
});

test("keeps to PostgreSQL in an installation that has a cluster and no note", async () => {
  await mkdir(join(dataFolder, "postgres", "cluster"), { recursive: true });
  expect(await choose({ mongod })).toEqual({ place: { kind: "postgres" }, isFirst: false });
});

test("goes where MONGO_URI says, and tells what stays behind", async () => {
  await choose({ mongod });
  expect(await choose({ mongod, mongoUri })).toEqual({
    place: { kind: "uri", uri: mongoUri },
    isFirst: false,
    left: "MongoDB",
  });
});

test("does not start without the MongoDB that has the payments", async () => {
  await choose({ mongod });
  await expect(choose({})).rejects.toThrow(
    "kept in MongoDB, and no `mongod` is on PATH: install it, or choose another",
  );
  await choose({ mongoUri });
  await expect(choose({ mongod })).rejects.toThrow("kept in the MongoDB of MONGO_URI, which is not set: set it, or");
});

test("does not say the connection string", () => {
  expect(describePlace({ kind: "uri", uri: mongoUri })).toBe("the MongoDB of MONGO_URI");
});
