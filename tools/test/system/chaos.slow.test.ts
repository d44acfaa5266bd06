import { eventually } from "@shop/testkit/eventually";
import { faultsOf } from "../../src/audit/book-faults.ts";
import { type BookUrls, type ProductAccount, readBooks, readProducts } from "../../src/audit/books.ts";
import { type Load, startLoad } from "./_load.ts";
import { sumOf } from "./_local-orders.ts";
import { openShop, type Product, type Shop } from "./_shop.ts";

let shop: Shop;
let products: readonly Product[];
let before: readonly ProductAccount[];
let load: Load | undefined;

beforeAll(async () => {
  const soon = { SAGA_OWNER_LOST_AFTER_MS: "2000", SAGA_GIVE_UP_SECONDS: "3", SAGA_RETRY_ATTEMPTS: "1" };
  const env = { ...soon, ORDERS_PER_SECOND: "1000", LOG_LEVEL: "warn" };
  shop = await openShop(env, { replicas: { orders: 2 }, durable: true });
  products = (await shop.products()).filter(({ price, available }) => Number(price.amount) < 400 && available >= 100);
  before = await readProducts(urls().inventory);
}, 120_000);

afterEach(async () => {
  await load?.stop().catch(() => undefined); // where the test has failed
}, 120_000);

afterAll(() => shop.close(), 60_000);

function urls(): BookUrls {
  const { orders = "", inventory = "", payments = "", shipping = "" } = shop.system.databaseUrls;
  return { orders, inventory, payments, shipping };
}

/** How many orders a replica has taken since its start. */
async function submitted(name: string): Promise<number> {
  return sumOf(await (await fetch(`${shop.system.opsUrls[name]}/metrics`)).text(), "order_submitted_total");
}

/** Every order that there is has ended, among them all of which a caller was told, and the books are exact. */
async function expectExact(told: readonly string[]): Promise<void> {
  const sql = `SELECT count(*)::int AS orders, count(*) FILTER (WHERE completed_at IS NULL)::int AS open,
      count(*) FILTER (WHERE order_id = ANY ($1))::int AS told FROM order_sagas`;
  await eventually(
    async () => expect(await shop.query("orders", sql, [told])).toMatchObject([{ open: 0, told: told.length }]),
    { timeoutMs: 90_000, intervalMs: 200 },
  );
  expect(faultsOf(await readBooks(urls()), before)).toEqual([]);
}

test("orders survive a PostgreSQL that is killed twice and started again", async () => {
  load = startLoad(shop, products);
  await load.more(20);
  for (const _ of ["once", "twice"]) {
    await shop.system.kill("postgres");
    await load.more(20);
  }
  const told = await load.stop();
  expect(load.setbacks.length).toBeGreaterThan(0);
  await expectExact(told);
});

test("orders survive a PostgreSQL that answers nobody for longer than a process may be silent", async () => {
  load = startLoad(shop, products);
  await load.more(20);
  const setbacks = load.setbacks.length;
  // Every server of it, not only the one that takes connections: who is connected must not be answered either.
  await shop.system.signal("postgres", "SIGSTOP");
  try {
    await eventually(() => (load?.setbacks.length ?? 0) > setbacks + 10, { timeoutMs: 60_000, intervalMs: 100 });
  } finally {
    await shop.system.signal("postgres", "SIGCONT");
  }
  await load.more(20);
  await expectExact(await load.stop());
});

test("orders survive a replica of the order service that is stopped until others have ended its sagas, and continued", async () => {
  load = startLoad(shop, products);
  await load.more(20);
  for (const name of ["orders-2", "orders"]) {
    await shop.system.signal(name, "SIGSTOP");
    try {
      const sql =
        "SELECT count(*)::int AS left FROM order_sagas WHERE owner = ANY (SELECT id FROM saga_owners WHERE beat_at < now() - interval '2 s')";
      await eventually(
        async () => {
          const [row] = await shop.query<{ silent: number }>(
            "orders",
            "SELECT count(*)::int AS silent FROM saga_owners WHERE beat_at BETWEEN now() - interval '30 s' AND now() - interval '2.5 s'",
          );
          expect(row?.silent).toBeGreaterThan(0);
          expect(await shop.query("orders", sql)).toEqual([{ left: 0 }]);
        },
        { timeoutMs: 60_000, intervalMs: 100 },
      );
    } finally {
      await shop.system.signal(name, "SIGCONT");
    }
    await load.more(20);
  }
  await expectExact(await load.stop());
});

test("no caller sees the replicas of the order service stopped in good order and started again, one after the other", async () => {
  load = startLoad(shop, products);
  await load.more(20);
  for (const name of ["orders-2", "orders"]) {
    await shop.system.stopService(name);
    await load.more(20);
    await shop.system.startService(name);
    await eventually(async () => expect(await submitted(name)).toBeGreaterThan(0), { timeoutMs: 40_000 });
  }
  const told = await load.stop();
  expect(load.setbacks).toEqual([]);
  await expectExact(told);
});

test("orders survive the death of each process, one after the other", async () => {
  load = startLoad(shop, products);
  const first = ["orders", "payments", "inventory", "shipping", "orders-2", "notifications"];
  for (const name of [...first, "identity", "gateway", "postgres"]) {
    await load.more(10);
    await shop.system.kill(name);
  }
  await load.more(30);
  await expectExact(await load.stop());
});
