import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { promisify } from "node:util";
import { silentLog } from "@shop/platform/logging";
import { eventually } from "@shop/testkit/eventually";
import { MongoClient } from "mongodb";
import type { PaymentStore } from "../../src/domain/payment-store.ts";
import { connectMongo, type MongoConnection } from "../../src/store/mongo-connection.ts";
import { createMongoPaymentStore } from "../../src/store/mongo-payment-store.ts";
import { askProcess, charge, deskOf, outcomeOf, refundUntilAnswered } from "./_desk.ts";
import { createScriptedProvider } from "./_scripted-provider.ts";
import { createMongoPlace, type TestPlace } from "./_storages.ts";

/**
 * What only a real server shows. It runs where MONGO_URI names one that takes test commands, in a container of the name
 * MONGO_CONTAINER; jest's configurations leave this file out, and the workflow names it.
 */
const container = process.env.MONGO_CONTAINER ?? "";
const patience = { timeoutMs: 60_000, intervalMs: 200 };

let place: TestPlace;
let connection: MongoConnection;
let store: PaymentStore;
let admin: MongoClient;

beforeAll(async () => {
  place = await createMongoPlace();
  const uri = place.env.MONGO_URI ?? "";
  connection = connectMongo({ uri, applicationName: "payments-test", log: silentLog() });
  store = createMongoPaymentStore(connection);
  admin = new MongoClient(uri);
  await store.insert({ status: "CANCELLED", orderId: randomUUID() });
});

afterAll(async () => {
  await connection.close();
  await admin.close();
  await place.drop();
});

test.each([
  ["a write concern error", { writeConcernError: { code: 64, errmsg: "waiting for replication timed out" } }],
  ["the word that it is no primary", { errorCode: 10107 }],
  ["a connection that it closes", { closeConnection: true }],
])(
  "a charge that the server ends with %s is not sent, and leaves nothing taken",
  async (_, data) => {
    const orderId = randomUUID();
    const provider = createScriptedProvider();
    await admin.db("admin").command({
      configureFailPoint: "failCommand",
      mode: { times: 1 },
      data: { failCommands: ["findAndModify"], ...data },
    });

    expect(await outcomeOf(askProcess(orderId, deskOf(store, provider)))).toBe("UNAVAILABLE");
    expect(provider.calls).toEqual([]);
    await eventually(() => refundUntilAnswered(orderId, deskOf(store, provider)), patience);
    expect(provider.balance()).toBe(0);
  },
  90_000,
);

test("writes while the primary steps down end well or UNAVAILABLE, and go on when there is one again", async () => {
  const provider = createScriptedProvider();
  const orders = Array.from({ length: 50 }, () => randomUUID());
  const asked = orders.map((orderId) => outcomeOf(askProcess(orderId, deskOf(store, provider))));
  await admin.db("admin").command({ replSetStepDown: 2, force: true });

  for (const outcome of await Promise.all(asked)) expect(["charged", "UNAVAILABLE"]).toContain(outcome);
  for (const orderId of orders) {
    await eventually(
      async () => expect(await outcomeOf(askProcess(orderId, deskOf(store, provider, true)))).toBe("charged"),
      patience,
    );
  }
  expect(provider.movements).toHaveLength(orders.length);
}, 180_000);

test("what was acknowledged is there after kill -9", async () => {
  const orders = Array.from({ length: 50 }, () => randomUUID());
  for (const orderId of orders) {
    await store.insert({ status: "PENDING", orderId, charge });
    await store.move(orderId, "PENDING", { status: "COMPLETED", reference: orderId });
  }
  await promisify(execFile)("docker", ["kill", "--signal", "KILL", container]);
  await promisify(execFile)("docker", ["start", container]);

  await eventually(() => store.check(), patience);
  for (const orderId of orders) {
    expect((await store.read(orderId)).payment).toMatchObject({ status: "COMPLETED", reference: orderId });
  }
}, 120_000);
