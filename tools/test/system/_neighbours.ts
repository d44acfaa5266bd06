import { readConfig as readInventoryConfig } from "@shop/inventory-service/config";
import { createContext as createInventory } from "@shop/inventory-service/context";
import { readConfig as readPaymentsConfig } from "@shop/payment-service/config";
import { createContext as createPayments } from "@shop/payment-service/context";
import { silentLog } from "@shop/platform/logging";
import { readConfig as readShippingConfig } from "@shop/shipping-service/config";
import { createContext as createShipping } from "@shop/shipping-service/context";
import { createTestDatabase, type TestDatabase } from "@shop/testkit/database";
import { createTestIdentity, type TestIdentity } from "@shop/testkit/identity";
import pg from "pg";
import { faultsOf } from "../../src/audit/book-faults.ts";
import { type Books, readBooks, readProducts } from "../../src/audit/books.ts";

export type Participant = "inventory" | "payments" | "shipping";
type Ledger = Participant | "orders";

/** The real participants in this process, each on a database of its own, and an identity. */
export interface Neighbours {
  readonly identity: TestIdentity;
  readonly databaseUrls: Readonly<Record<Ledger, string>>;
  /** The variables of an order service that works with them. */
  readonly variables: Readonly<Record<string, string>>;
  /** Takes a participant away: nobody listens on its port any more. */
  stop(name: Participant): Promise<void>;
  /** Brings it back on the same port. */
  start(name: Participant): Promise<void>;
  query<Row extends pg.QueryResultRow>(ledger: Ledger, sql: string, values?: unknown[]): Promise<Row[]>;
  books(): Promise<Books>;
  /** What is wrong with the books, compared with those of the beginning. */
  faults(): Promise<string[]>;
  close(): Promise<void>;
}

interface Service {
  readonly ports: { readonly grpc: number };
  start(): Promise<void>;
  close(): Promise<void>;
}

const ledgers = ["orders", "inventory", "payments", "shipping"] as const;

/** Starts them. The variables go to the participants that know them. */
export async function openNeighbours(variables: NodeJS.ProcessEnv = {}): Promise<Neighbours> {
  const identity = await createTestIdentity();
  const databases = Object.fromEntries(
    await Promise.all(ledgers.map(async (name) => [name, await createTestDatabase()] as const)),
  ) as Record<Ledger, TestDatabase>;
  const databaseUrls = mapValues(databases, ({ url }) => url);
  const running: Partial<Record<Participant, Service>> = {};
  const ports: Record<Participant, number> = { inventory: 0, payments: 0, shipping: 0 };

  async function start(name: Participant): Promise<void> {
    const env = {
      APP_MODE: "demo",
      IDENTITY_URL: identity.url,
      TOKEN_ISSUER: identity.issuer,
      OPS_PORT: "0",
      ...variables,
      DATABASE_URL: databaseUrls[name],
      GRPC_PORT: String(ports[name]),
    };
    const service = await create[name](env);
    await service.start();
    running[name] = service;
    ports[name] = service.ports.grpc;
  }

  async function stop(name: Participant): Promise<void> {
    const service = running[name];
    delete running[name];
    await service?.close();
  }

  const participants = ["inventory", "payments", "shipping"] as const;
  await Promise.all(participants.map(start));
  const beginning = await readProducts(databaseUrls.inventory);
  return {
    identity,
    databaseUrls,
    variables: {
      APP_MODE: "demo",
      GRPC_PORT: "0",
      OPS_PORT: "0",
      DATABASE_URL: databaseUrls.orders,
      IDENTITY_URL: identity.url,
      TOKEN_ISSUER: identity.issuer,
      CLIENT_ID: identity.clientId,
      CLIENT_SECRET: identity.clientSecret,
      INVENTORY_ADDRESS: `127.0.0.1:${ports.inventory}`,
      PAYMENTS_ADDRESS: `127.0.0.1:${ports.payments}`,
      NOTIFICATIONS_ADDRESS: "127.0.0.1:1", // nobody is to be told
      SHIPPING_ADDRESS: `127.0.0.1:${ports.shipping}`,
    },
    start,
    stop,
    query: (ledger, sql, values) => query(databaseUrls[ledger], sql, values),
    books: () => readBooks(databaseUrls),
    faults: async () => faultsOf(await readBooks(databaseUrls), beginning),
    async close() {
      await Promise.all(participants.map(stop));
      await identity.close();
      await Promise.all(Object.values(databases).map((database) => database.drop()));
    },
  };
}

const log = silentLog();
const create: Record<Participant, (env: NodeJS.ProcessEnv) => Promise<Service>> = {
  inventory: (env) => createInventory(readInventoryConfig(env), { log }),
  payments: (env) => createPayments(readPaymentsConfig(env), { log }),
  shipping: (env) => createShipping(readShippingConfig(env), { log }),
};

function mapValues<Key extends string, From, To>(of: Record<Key, From>, map: (value: From) => To): Record<Key, To> {
  const entries = Object.entries<From>(of).map(([key, value]) => [key, map(value)]);
  return Object.fromEntries(entries) as Record<Key, To>;
}

async function query<Row extends pg.QueryResultRow>(url: string, sql: string, values: unknown[] = []): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return (await client.query<Row>(sql, values)).rows;
  } finally {
    await client.end();
  }
}
