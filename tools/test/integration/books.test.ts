import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { readConfig } from "@shop/payment-service/config";
import { type Context, createContext } from "@shop/payment-service/context";
import { silentLog } from "@shop/platform/logging";
import { migrate } from "@shop/platform/postgres";
import { createTestDatabase, type TestDatabase } from "@shop/testkit/database";
import { createTestIdentity } from "@shop/testkit/identity";
import { createTestMongo, describeWithMongo } from "@shop/testkit/mongo";
import { faultsOf } from "../../src/audit/book-faults.ts";
import { type BookUrls, readBooks } from "../../src/audit/books.ts";

const log = silentLog();
const root = join(import.meta.dirname, "..", "..", "..");
const amount = { minorUnits: 500, currency: "USD" };
const charge = { userId: randomUUID(), amount, method: "pm_ok" };

interface Place {
  url: string;
  /** The payment service that keeps its books there. */
  service: Context;
  drop(): Promise<void>;
}

describe("the books with payments in PostgreSQL", () => describeBooks(openPostgresPlace));
describeWithMongo("the books with payments in MongoDB", () => describeBooks(openMongoPlace));

function describeBooks(openPlace: () => Promise<Place>): void {
  let databases: Record<"orders" | "inventory" | "shipping", TestDatabase>;
  let place: Place;
  let urls: BookUrls;

  beforeAll(async () => {
    const [orders, inventory, shipping] = await Promise.all([
      emptyBooks("order"),
      emptyBooks("inventory"),
      emptyBooks("shipping"),
    ]);
    databases = { orders, inventory, shipping };
    place = await openPlace();
    urls = { orders: orders.url, inventory: inventory.url, shipping: shipping.url, payments: place.url };
  });

  afterAll(async () => {
    await place.drop();
    await Promise.all(Object.values(databases).map((database) => database.drop()));
  });

  /** A payment that was charged, as the service leaves it, with its entry in the provider's ledger. */
  async function charged(origin?: string): Promise<string> {
    const orderId = randomUUID();
    await place.service.store.insert({ status: "PENDING", orderId, charge, ...(origin && { origin }) });
    await place.service.store.move(orderId, "PENDING", { status: "COMPLETED", reference: "c" });
    await record(orderId, "charge", orderId);
    return orderId;
  }

  async function refunded(orderId: string): Promise<void> {
    await place.service.store.move(orderId, "COMPLETED", { status: "REFUNDING" });
    await record(`${orderId}:refund`, "refund", orderId);
    await place.service.store.move(orderId, "REFUNDING", { status: "REFUNDED", refundReference: "r" });
  }

  async function record(key: string, kind: "charge" | "refund", chargeKey: string): Promise<void> {
    await place.service.ledger.record({ key, kind, chargeKey, amount, reference: key });
  }

  test("leave the load test's payments and the provider's charges for them aside, and nobody else's", async () => {
    const [kept, back, tombstone, nobodys] = [
      await charged("load-test"),
      await charged("load-test"),
      randomUUID(),
      await charged(),
    ];
    await refunded(back);
    await place.service.store.insert({ status: "CANCELLED", orderId: tombstone, origin: "load-test" });
    const books = await readBooks(urls);

    expect(books.orders).toEqual([expect.objectContaining({ orderId: nobodys, charged: 500, charges: 1 })]);
    const once = { origin: "load-test", amount: 500, charged: 500, charges: 1 };
    const expected = [
      { ...once, orderId: kept, status: "COMPLETED", refunded: 0, refunds: 0 },
      { ...once, orderId: back, status: "REFUNDED", refunded: 500, refunds: 1 },
      {
        orderId: tombstone,
        origin: "load-test",
        status: "CANCELLED",
        amount: 0,
        charged: 0,
        charges: 0,
        refunded: 0,
        refunds: 0,
      },
    ];
    expect(books.strangePayments).toHaveLength(3);
    expect(books.strangePayments).toEqual(expect.arrayContaining(expected));
    expect(faultsOf(books)).toEqual([`order ${nobodys}: nobody's order is charged 500`]);
  });

  test("tell of a load test's payment that is charged twice", async () => {
    const twice = await charged("load-test");
    await record(`${twice}:again`, "charge", twice);

    expect(faultsOf(await readBooks(urls))).toContain(`payment ${twice} of load-test: charged 2 times`);
  });
}

async function emptyBooks(service: string): Promise<TestDatabase> {
  const database = await createTestDatabase();
  await migrate({ url: database.url, directory: join(root, `${service}-service`, "src", "store", "migrations"), log });
  return database;
}

async function openPostgresPlace(): Promise<Place> {
  const { url, drop } = await createTestDatabase();
  return withService(url, { DATABASE_URL: url }, drop);
}

async function openMongoPlace(): Promise<Place> {
  const { uri, drop } = await createTestMongo();
  return withService(uri, { MONGO_URI: uri }, drop);
}

async function withService(
  url: string,
  env: Record<string, string>,
  dropDatabase: () => Promise<void>,
): Promise<Place> {
  const identity = await createTestIdentity();
  const ports = { GRPC_PORT: "0", OPS_PORT: "0" };
  const service = await createContext(readConfig({ ...env, ...ports, IDENTITY_URL: identity.url }), { log });
  await service.start();
  const drop = async () => {
    await service.close();
    await identity.close();
    await dropDatabase();
  };
  return { url, service, drop };
}
