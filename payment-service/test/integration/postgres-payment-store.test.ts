import { randomUUID } from "node:crypto";
import { silentLog } from "@shop/platform/logging";
import { createPool } from "@shop/platform/postgres";
import type { Pool } from "pg";
import type { PaymentStore } from "../../src/domain/payment-store.ts";
import { createPostgresPaymentStore } from "../../src/store/postgres-payment-store.ts";
import { describePaymentStore } from "./_payment-store-suite.ts";
import { openPaymentsDatabase, type PaymentsDatabase } from "./_payments-database.ts";

const orderId = "0198c0de-0000-7000-8000-000000000005";

let database: PaymentsDatabase;
let store: PaymentStore;

beforeAll(async () => {
  database = await openPaymentsDatabase();
  store = createPostgresPaymentStore(database.pool);
});

afterAll(() => database.close());

describePaymentStore("the store in PostgreSQL", () => store);

test.each(["ECONNRESET", "08006", "57014", "55P03", "40001", "40P01"])(
  "is UNAVAILABLE where the database ends a statement with %s",
  async (code) => {
    await expect(storeThatFails(code).read(orderId)).rejects.toMatchObject({ code: "UNAVAILABLE", cause: { code } });
  },
);

test.each(["42601", "42703", "42P01", "22P02", "23514"])(
  "is INTERNAL where a statement of its own is wrong: %s",
  async (code) => {
    await expect(storeThatFails(code).read(orderId)).rejects.toMatchObject({ code: "INTERNAL", cause: { code } });
  },
);

test("is INTERNAL, and names the order and no content, where a document is no payment", async () => {
  const damaged = randomUUID();
  const document = { status: "COMPLETED", charge: { userId: "someone", method: "pm_ok" } };
  await database.pool.query("INSERT INTO payments (order_id, document) VALUES ($1, $2)", [damaged, document]);

  const fault = await store.read(damaged).catch((err) => err);
  expect(fault.message).toContain(damaged);
  expect(fault.message).not.toMatch(/someone|pm_ok/);
});

test("is UNAVAILABLE where a read is answered with nothing, never without a payment", async () => {
  const query = () => Promise.resolve({ rows: [] });
  const silent = createPostgresPaymentStore({ query } as unknown as Pool);

  await expect(silent.read(orderId)).rejects.toMatchObject({ code: "UNAVAILABLE" });
});

function storeThatFails(code: string): PaymentStore {
  const query = () => Promise.reject(Object.assign(new Error("failed"), { code }));
  return createPostgresPaymentStore({ query } as unknown as Pool);
}

test("is UNAVAILABLE where the database cannot be reached", async () => {
  const pool = createPool({ url: "postgres://nobody@127.0.0.1:1/none", applicationName: "test", log: silentLog() });
  const unreachable = createPostgresPaymentStore(pool);
  try {
    await expect(unreachable.check()).rejects.toMatchObject({ code: "UNAVAILABLE" });
    await expect(unreachable.insert({ status: "CANCELLED", orderId })).rejects.toMatchObject({ code: "UNAVAILABLE" });
  } finally {
    await pool.end();
  }
});
