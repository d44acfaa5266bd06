import { randomUUID } from "node:crypto";
import { createLog, silentLog } from "@shop/platform/logging";
import { eventually } from "@shop/testkit/eventually";
import { describeWithMongo } from "@shop/testkit/mongo";
import { createMongoProxy, type MongoProxy } from "@shop/testkit/mongo-proxy";
import type { PaymentStore } from "../../src/domain/payment-store.ts";
import { connectMongo, type MongoConnection, type MongoLimits } from "../../src/store/mongo-connection.ts";
import { createMongoPaymentStore } from "../../src/store/mongo-payment-store.ts";
import { openMongoStorage } from "../../src/store/mongo-storage.ts";
import { charge } from "./_desk.ts";
import { describeLostWrites, refusal, testLimits } from "./_lost-writes.ts";
import { describePaymentStore } from "./_payment-store-suite.ts";
import { createMongoPlace, type TestPlace } from "./_storages.ts";

/** Nothing here waits for an answer that never comes. */
const patient = { ...testLimits, networkMs: 15_000 };

describeWithMongo("the payment store in MongoDB", () => {
  let place: TestPlace;
  let proxy: MongoProxy;
  let connection: MongoConnection;
  let store: PaymentStore;

  beforeAll(async () => {
    place = await createMongoPlace();
    proxy = await createMongoProxy(place.env.MONGO_URI ?? "");
    connection = connect(proxy.uri);
    store = createMongoPaymentStore(connection);
  });

  afterAll(async () => {
    await connection.close();
    await proxy.close();
    await place.drop();
  });

  function connect(uri: string, limits: Partial<MongoLimits> = {}): MongoConnection {
    return connectMongo({ uri, applicationName: "payments-test", log: silentLog(), limits: { ...patient, ...limits } });
  }

  describePaymentStore("does what every store does", () => store);

  describeLostWrites(["whose answer is lost", "that no majority was heard to have"], () => ({ store, proxy }));

  test("answers a read that fails with UNAVAILABLE, never with a payment that is not there", async () => {
    const orderId = randomUUID();
    await store.insert({ status: "PENDING", orderId, charge });
    for (const command of ["find", "hello"]) {
      proxy.disturb(command, { kind: "cut", where: "before" });
      await expect(store.read(orderId)).rejects.toMatchObject({ code: "UNAVAILABLE" });
    }
  });

  test.each([
    ["a command that it does not know", 59],
    ["a user who may not", 13],
    ["a document that its rules do not take", 121],
  ])("is INTERNAL where the server refuses %s", async (_, code) => {
    proxy.disturb("findAndModify", refusal(code, "Refused"));

    await expect(store.move(randomUUID(), "PENDING", { status: "CANCELLING" })).rejects.toMatchObject({
      code: "INTERNAL",
    });
  });

  test("is UNAVAILABLE after a write concern error, whatever its code", async () => {
    const writeConcernError = { code: 8, codeName: "UnknownError", errmsg: "nobody knows" };
    proxy.disturb("findAndModify", { kind: "add", answer: { writeConcernError } });

    await expect(store.insert({ status: "CANCELLED", orderId: randomUUID() })).rejects.toMatchObject({
      code: "UNAVAILABLE",
    });
  });

  test("is UNAVAILABLE while no server can be reached, ready for nothing, and goes on when one can", async () => {
    const orderId = randomUUID();
    const hasty = connect(proxy.uri, { connectMs: 300 });
    const hastyStore = createMongoPaymentStore(hasty);
    try {
      await hastyStore.check();
      proxy.shut();
      const startedAt = performance.now();
      await expect(hastyStore.check()).rejects.toMatchObject({ code: "UNAVAILABLE" });
      await expect(hastyStore.insert({ status: "CANCELLED", orderId })).rejects.toMatchObject({ code: "UNAVAILABLE" });
      expect(performance.now() - startedAt).toBeLessThan(10_000);
      proxy.open();

      await eventually(() => hastyStore.check(), { timeoutMs: 15_000 });
      expect(await store.insert({ status: "CANCELLED", orderId })).toMatchObject({ status: "CANCELLED" });
    } finally {
      await hasty.close();
    }
  });

  test("is of no use, and says so, where what answers is no primary", async () => {
    for (const use of [connection.check, connection.inspect]) {
      proxy.disturb("hello", { kind: "add", answer: { isWritablePrimary: false } });
      await expect(use()).rejects.toMatchObject({ code: "UNAVAILABLE" });
      await expect(use()).resolves.not.toThrow();
    }
  });

  test("tells a replica set, and the door to several, from a server that is lost with its disk", async () => {
    for (const [answer, isReplicated] of [
      [{ setName: "rs0" }, true],
      [{ setName: undefined, msg: "isdbgrid" }, true],
      [{ setName: undefined }, false],
    ] as const) {
      proxy.disturb("hello", { kind: "add", answer });
      expect(await connection.inspect()).toEqual({ isReplicated, version: expect.any(String) });
    }
  });

  test("asks for a majority's journal, a majority's reads, the primary and a limit, and sends nothing twice, whatever the connection string says", async () => {
    const weak =
      "&w=1&journal=false&readConcernLevel=local&readPreference=secondaryPreferred&retryWrites=true&retryReads=true";
    const other = connect(`${proxy.uri}${weak}`);
    const orderId = randomUUID();
    proxy.commands.length = 0;
    try {
      // A server without sessions is sent nothing twice anyway; this is what holds for all others.
      const { db, readPreference } = other.collection("payments");
      const { client } = db;
      expect(readPreference?.mode).toBe("primary");
      expect(client.options).toMatchObject({ retryWrites: false, retryReads: false });
      const weakly = createMongoPaymentStore(other);
      await weakly.insert({ status: "PENDING", orderId, charge });
      await weakly.endLease(orderId, 1);
      await weakly.takeLease(orderId, 1);
      await weakly.move(orderId, "PENDING", { status: "CANCELLING" });
      await weakly.read(orderId);
      proxy.disturb("findAndModify", { kind: "cut", where: "before" });
      await weakly.move(orderId, "PENDING", { status: "CANCELLING" }).catch(() => undefined);
    } finally {
      await other.close();
    }
    const writes = proxy.commands.filter((command) => "findAndModify" in command);
    expect(writes).toHaveLength(5);
    for (const write of writes) {
      expect(write.writeConcern).toEqual({ w: "majority", j: true, wtimeout: patient.operationMs });
      expect(write.maxTimeMS).toBe(patient.operationMs);
      expect(write).not.toHaveProperty("txnNumber");
    }
    const [read] = proxy.commands.filter((command) => "find" in command);
    expect(read).toMatchObject({ readConcern: { level: "majority" }, maxTimeMS: patient.operationMs });
    expect(read?.$readPreference ?? { mode: "primary" }).toMatchObject({ mode: expect.stringMatching(/^primary/) });
  });

  test("is INTERNAL, and names the order and no content, where a document is no payment", async () => {
    const orderId = randomUUID();
    const documents = connection.collection<{ _id: string }>("payments");
    await documents.insertOne({ _id: orderId, status: "COMPLETED", charge: { method: "canary-method" } } as {
      _id: string;
    });

    const fault = await store.read(orderId).catch((err) => err);
    expect(fault.message).toContain(orderId);
    expect(fault.message).not.toContain("canary");
  });

  test("logs no password, whatever fails", async () => {
    const lines: string[] = [];
    const log = createLog({ service: "test", level: "trace", destination: { write: (line) => lines.push(line) } });
    const uri = "mongodb://shop:canary-password@127.0.0.1:1/payments";
    const unreachable = openMongoStorage({ uri, applicationName: "test", log });
    const fault = await unreachable.start().catch((err) => err);
    log.error({ err: fault }, "could not start");
    await unreachable.close();

    expect(fault).toMatchObject({ code: "UNAVAILABLE" });
    expect(lines.join("")).toContain("could not start");
    expect(lines.join("")).not.toContain("canary");
    // The driver's own words are not passed on: some of them show what they are about.
    for (const refused of ["host:99999/payments", "host/payments?tls=canary", "host/payments?authMechanism=canary"]) {
      expect(() => connect(`mongodb://shop:canary@${refused}`)).toThrow(
        /^MONGO_URI cannot be used: the driver refuses it with \w+\.$/,
      );
    }
  });

  test("takes the connection string's database, and one of its own where there is none", async () => {
    for (const [uri, name] of [
      ["mongodb://host/kept?tls=true", "kept"],
      ["mongodb://user:a%2Fb@one,two/kept", "kept"],
      ["mongodb://host/?tls=true", "payments"],
      ["mongodb://host", "payments"],
      ["mongodb://host?tlsCAFile=/etc/ca.pem", "payments"],
    ] as const) {
      const named = connect(uri);
      expect(named.collection("payments").dbName).toBe(name);
      await named.close();
    }
  });

  test("is of no use once it is closed", async () => {
    const closed = connect(proxy.uri);
    await closed.check();
    await closed.close();

    await expect(closed.check()).rejects.toMatchObject({ code: "UNAVAILABLE" });
  });
});
