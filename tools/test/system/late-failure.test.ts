import { eventually } from "@shop/testkit/eventually";
import { sumOf } from "./_local-orders.ts";
import { FAR, HOME, openShop, type Product, type Shop } from "./_shop.ts";

jest.setTimeout(60_000);

let shop: Shop;
let lamp: Product;

/** So impatient that an order whose payment is never answered ends within the test. */
const IMPATIENT = { SAGA_RETRY_ATTEMPTS: "1", SAGA_RETRY_DELAY_MS: "50", SAGA_TIMEOUT_SECONDS: "5" };

beforeAll(async () => {
  shop = await openShop(IMPATIENT);
  lamp = await shop.affordable();
}, 120_000);

afterAll(() => shop.close(), 60_000);

/** What a counter of the order service says, over all its labels that hold these. */
async function count(name: string, labels: Record<string, string> = {}): Promise<number> {
  return sumOf(await (await fetch(`${shop.system.opsUrls.orders}/metrics`)).text(), name, labels);
}

const COUNTERS: Record<string, [string, Record<string, string>?]> = {
  submitted: ["order_submitted_total"],
  completed: ["order_completed_total"],
  failed: ["order_failed_total"],
  refunds: ["saga_compensations_total", { step: "RefundPayment", reason: "ADDRESS_NOT_SERVED" }],
  releases: ["saga_compensations_total", { step: "ReleaseInventory", reason: "ADDRESS_NOT_SERVED" }],
  refusals: ["saga_step_failures_total", { step: "ScheduleShipment", reason: "ADDRESS_NOT_SERVED" }],
  timeouts: ["saga_timeouts_total"],
  lateRefunds: ["saga_compensations_total", { step: "RefundPayment", reason: "SAGA_TIMEOUT" }],
};

/** By how much each counter that moved has grown while `act` ran. */
async function growth(act: () => Promise<unknown>): Promise<Record<string, number>> {
  const counts = () => Promise.all(Object.values(COUNTERS).map(([name, labels]) => count(name, labels)));
  const before = await counts();
  await act();
  const after = await counts();
  const grown = Object.keys(COUNTERS).map((name, place) => [name, (after[place] ?? 0) - (before[place] ?? 0)] as const);
  return Object.fromEntries(grown.filter(([, by]) => by !== 0));
}

function place(body: Record<string, unknown>) {
  return shop.order({ items: [{ productId: lamp.id, quantity: 1 }], shippingAddress: HOME, ...body });
}

test("a good order counts as submitted and completed, and as nothing else", async () => {
  expect(await growth(() => place({}))).toEqual({ submitted: 1, completed: 1 });
});

test("an order that fails late counts as failed, with each undo", async () => {
  expect(await growth(() => place({ shippingAddress: FAR }))).toEqual({
    submitted: 1,
    failed: 1,
    refunds: 1,
    releases: 1,
    refusals: 1,
  });
});

test("an order whose charge is never answered ends Failed, with its money and its stock given back", async () => {
  const before = (await shop.get(`/api/products/${lamp.id}`)).body.available;
  const grown = await growth(async () => {
    const { status, body } = await place({ paymentMethod: "pm_timeout" });
    expect([status, body.status]).toEqual([202, "InventoryReserved"]);

    const path = `/api/orders/${body.id}`;
    await eventually(
      async () => {
        const saga = await shop.get(`${path}/saga`, await shop.token("alice"));
        expect(saga.body.status).toBe("Compensated");
      },
      { timeoutMs: 40_000, intervalMs: 200 },
    );
    const order = await shop.get(path, await shop.token("alice"));
    expect(order.body).toMatchObject({ status: "Failed", failure: { code: "SAGA_TIMEOUT", step: "ProcessPayment" } });

    const sql = "SELECT kind, minor_units FROM sandbox_ledger WHERE charge_key = $1 ORDER BY recorded_at";
    const amount = String(Math.round(Number(lamp.price.amount) * 100));
    expect(await shop.query("payments", sql, [body.id])).toEqual([
      { kind: "charge", minor_units: amount },
      { kind: "refund", minor_units: amount },
    ]);
  });
  expect(grown).toEqual({ submitted: 1, failed: 1, timeouts: 1, lateRefunds: 1 });
  expect((await shop.get(`/api/products/${lamp.id}`)).body.available).toBe(before);
});
