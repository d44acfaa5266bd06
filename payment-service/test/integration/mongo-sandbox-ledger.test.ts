import { randomUUID } from "node:crypto";
import { silentLog } from "@shop/platform/logging";
import { describeWithMongo } from "@shop/testkit/mongo";
import { createMongoProxy, type MongoProxy } from "@shop/testkit/mongo-proxy";
import type { LedgerEntry, SandboxLedger } from "../../src/domain/sandbox-ledger.ts";
import { connectMongo, type MongoConnection } from "../../src/store/mongo-connection.ts";
import { createMongoSandboxLedger } from "../../src/store/mongo-sandbox-ledger.ts";
import { refusal, testLimits } from "./_lost-writes.ts";
import { createMongoPlace, type TestPlace } from "./_storages.ts";

describeWithMongo("the sandbox's books in MongoDB", () => {
  let place: TestPlace;
  let proxy: MongoProxy;
  let connection: MongoConnection;
  let ledger: SandboxLedger;

  beforeAll(async () => {
    place = await createMongoPlace();
    proxy = await createMongoProxy(place.env.MONGO_URI ?? "");
    connection = connectMongo({ uri: proxy.uri, applicationName: "test", log: silentLog(), limits: testLimits });
    ledger = createMongoSandboxLedger(connection);
  });

  afterAll(async () => {
    await connection.close();
    await proxy.close();
    await place.drop();
  });

  function chargeOf(key: string): LedgerEntry {
    const amount = { minorUnits: 1299, currency: "USD" };
    return { key, kind: "charge", chargeKey: key, amount, reference: `charge of ${key}` };
  }

  test("take no entry for written that no majority was heard to have", async () => {
    const entry = chargeOf(randomUUID());
    const writeConcernError = { code: 64, codeName: "WriteConcernFailed", errmsg: "waiting for replication timed out" };
    proxy.disturb("findAndModify", { kind: "add", answer: { writeConcernError } });

    await expect(ledger.record(entry)).rejects.toMatchObject({ code: "UNAVAILABLE" });
    expect(await ledger.record({ ...entry, reference: "another" })).toEqual(entry);
  });

  test("tell a failure that was not counted from one that another has counted", async () => {
    const key = randomUUID();
    proxy.disturb("findAndModify", refusal(10107, "NotWritablePrimary"));
    await expect(ledger.countFailure(key, 2)).rejects.toMatchObject({ code: "UNAVAILABLE" });

    expect(await ledger.countFailure(key, 2)).toBe(0);
    proxy.disturb("findAndModify", refusal(11000, "DuplicateKey"));
    expect(await ledger.countFailure(key, 2)).toBe(1);
    expect(await ledger.countFailure(key, 2)).toBe(2);
  });
});
