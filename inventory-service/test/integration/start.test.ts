import { silentLog } from "@shop/platform/logging";
import { ReservationStatus } from "@shop/protos/gen/shop/inventory/v1/inventory";
import { createTestDatabase } from "@shop/testkit/database";
import { eventually } from "@shop/testkit/eventually";
import { createTestIdentity } from "@shop/testkit/identity";
import { readConfig } from "../../src/config.ts";
import { createContext } from "../../src/context.ts";
import { demoProduct, type RunningService, runService } from "../_running-service.ts";

describe("two processes that start at once on an empty database", () => {
  test("both get the tables and one catalogue, and a later start leaves changed products alone", async () => {
    const [database, identity] = await Promise.all([createTestDatabase(), createTestIdentity()]);
    const env = { GRPC_PORT: "0", OPS_PORT: "0", DATABASE_URL: database.url, IDENTITY_URL: identity.url };
    const open = (mode: string) => createContext(readConfig({ ...env, APP_MODE: mode }), { log: silentLog() });
    const contexts = await Promise.all([open("demo"), open("demo"), open("production")]);
    const [first, second, third] = contexts;
    try {
      await Promise.all([first?.start(), second?.start()]);
      await first?.database.query("UPDATE products SET name = 'Renamed', on_hand = 1 WHERE id = $1", [demoProduct(1)]);
      await third?.start();
      const again = await open("demo");
      contexts.push(again);
      await again.start();
      const { rows } = await again.database.query("SELECT id, name, on_hand FROM products ORDER BY sku");
      expect(rows).toHaveLength(24);
      expect(rows[0]).toEqual({ id: demoProduct(1), name: "Renamed", on_hand: 1 });
    } finally {
      await Promise.all(contexts.map((context) => context.close()));
      await identity.close();
      await database.drop();
    }
  });
});

describe("outside the demo", () => {
  let service: RunningService;
  beforeAll(async () => {
    service = await runService({ APP_MODE: "development", RESERVATION_SWEEP_SECONDS: "1" });
  });
  afterAll(() => service.close());

  test("the catalogue is empty and ids that end in 0 are like any other", async () => {
    const { client, as, context } = service;
    expect(await client.listProducts({ pageSize: 0, pageToken: "" }, as(""))).toEqual({
      products: [],
      nextPageToken: "",
    });
    await context.database.query(
      "INSERT INTO products (id, sku, name, price_minor, currency, on_hand) VALUES ($1, 'A', 'A', 100, 'USD', 1)",
      [demoProduct(1)],
    );
    const lines = [{ productId: demoProduct(1), quantity: 1 }];
    const orderId = "01900000-0000-7000-8000-000000000000";
    expect(await client.reserveInventory({ orderId, lines }, as())).toMatchObject({
      outcome: { $case: "reservation" },
    });
  });

  test("a reservation that nobody commits in time is given back by itself and can no longer be sold", async () => {
    const { client, as, context, metric } = service;
    const orderId = "01900000-0000-7000-8000-000000000000";
    await context.database.query("UPDATE reservations SET expires_at = now()");
    await eventually(async () => (await metric("inventory_expired_total")) === 1);
    await expect(client.commitInventory({ orderId }, as())).rejects.toMatchObject({
      code: "FAILED_PRECONDITION",
      reason: "EXPIRED",
    });
    const { status } = await client.releaseInventory({ orderId }, as());
    expect(status).toBe(ReservationStatus.RESERVATION_STATUS_EXPIRED);
    const { product } = await client.getProduct({ productId: demoProduct(1) }, as(""));
    expect(product?.available).toBe(1);
  });
});
