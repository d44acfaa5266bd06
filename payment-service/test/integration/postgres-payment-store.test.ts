import { silentLog } from "@shop/platform/logging";
import { createPool } from "@shop/platform/postgres";
import type { PaymentStore } from "../../src/domain/payment-store.ts";
import { createPostgresPaymentStore } from "../../src/store/postgres-payment-store.ts";
import { describePaymentStore } from "./_payment-store-suite.ts";
import { openPaymentsDatabase, type PaymentsDatabase } from "./_payments-database.ts";

let database: PaymentsDatabase;
let store: PaymentStore;

beforeAll(async () => {
  database = await openPaymentsDatabase();
  store = createPostgresPaymentStore(database.pool);
});

afterAll(() => database.close());

describePaymentStore("the store in PostgreSQL", () => store);

test("is UNAVAILABLE where the database cannot be reached", async () => {
  const pool = createPool({ url: "postgres://nobody@127.0.0.1:1/none", applicationName: "test", log: silentLog() });
  const unreachable = createPostgresPaymentStore(pool);
  try {
    await expect(unreachable.check()).rejects.toMatchObject({ code: "UNAVAILABLE" });
    await expect(
      unreachable.insert({ status: "CANCELLED", orderId: "0198c0de-0000-7000-8000-000000000005" }),
    ).rejects.toMatchObject({ code: "UNAVAILABLE" });
  } finally {
    await pool.end();
  }
});
