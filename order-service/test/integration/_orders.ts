import { createRpcClient, type RpcClient } from "@shop/platform/grpc-client";
import { silentLog } from "@shop/platform/logging";
import { SagaOperatorServiceService } from "@shop/protos/gen/shop/orders/v1/operator";
import { CreateOrderRequest, type DeepPartial, OrderServiceService } from "@shop/protos/gen/shop/orders/v1/orders";
import { createTestDatabase, type TestDatabase } from "@shop/testkit/database";
import { aliceId, createTestIdentity, type TestIdentity } from "@shop/testkit/identity";
import pg from "pg";
import type { Participants } from "../../src/checkout/ports.ts";
import type { Subscriber } from "../../src/clients/notifications-client.ts";
import { type Config, readConfig } from "../../src/config.ts";
import { type Context, createContext, type Overrides } from "../../src/context.ts";

export const PRODUCT = "01900000-0000-7000-9000-000000000001";
export const ADDRESS = { street: "1 Main St", city: "Springfield", state: "", zipCode: "62701", country: "US" };
const PRICE = { minorUnits: 500, currency: "USD" };

/** Participants that do everything at once; a test puts its own in the place of one of their methods. */
export function willingParticipants(): {
  [Name in keyof Participants]: { -readonly [M in keyof Participants[Name]]: Participants[Name][M] };
} {
  return {
    inventory: {
      check: async () => undefined,
      reserve: async (_orderId, lines) => ({
        lines: lines.map(({ productId, quantity }) => ({ productId, name: "Lamp", quantity, unitPrice: PRICE })),
        totalAmount: {
          ...PRICE,
          minorUnits: lines.reduce((sum, { quantity }) => sum + quantity * PRICE.minorUnits, 0),
        },
      }),
      commit: async () => undefined,
      release: async () => undefined,
    },
    payments: {
      process: async ({ orderId }) => ({ reference: orderId }),
      refund: async () => undefined,
      isUndone: async () => true,
    },
    shipping: {
      schedule: async () => ({ trackingNumber: "T1" }),
      cancel: async () => undefined,
      isUndone: async () => true,
    },
  };
}

/** A promise and what resolves it. */
export function gate(): { readonly opened: Promise<void>; open(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}

/** A subscriber that is never there: what a test has not to do with stays in the outbox. */
export const nobody: Subscriber = {
  deliver: async () => ({ kind: "unsent" }),
  room: () => 0,
};

/** A database and an identity for one test file, and as many order services on them as the test starts. */
export interface OrderTest {
  readonly database: TestDatabase;
  readonly identity: TestIdentity;
  /** Starts an order service; the variables go before the usual ones, the overrides before what they say. */
  start(
    participants: Participants | undefined,
    variables?: NodeJS.ProcessEnv,
    overrides?: Overrides,
  ): Promise<RunningService>;
  /** Asks the database that the services share. */
  query<Row extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]>;
  close(): Promise<void>;
}

export interface RunningService {
  readonly context: Context;
  readonly orders: RpcClient<typeof OrderServiceService>;
  readonly operators: RpcClient<typeof SagaOperatorServiceService>;
  /** What the service's metrics say under this name, with these labels where they are given, such as `{action="retry"`. */
  metric(name: string, labels?: string): Promise<number>;
  /** Places an order as alice, or as whoever the token is of. */
  place(
    request: DeepPartial<CreateOrderRequest>,
    options?: PlaceOptions,
  ): ReturnType<RunningService["orders"]["createOrder"]>;
  stop(): Promise<void>;
}

export interface PlaceOptions {
  readonly authorization?: string;
  readonly timeoutMs?: number;
  readonly idempotencyKey?: string;
  readonly signal?: AbortSignal;
}

export async function openOrderTest(): Promise<OrderTest> {
  const [database, identity] = await Promise.all([createTestDatabase(), createTestIdentity()]);
  const running = new Set<RunningService>();
  const alice = `Bearer ${identity.userToken({ userId: aliceId })}`;

  async function start(
    participants: Participants | undefined,
    variables: NodeJS.ProcessEnv = {},
    overrides: Overrides = {},
  ): Promise<RunningService> {
    const context = await createContext(configFor(database, identity, variables), {
      ...(participants && { participants }),
      ...(variables.NOTIFICATIONS_ADDRESS === undefined && { subscribers: { fresh: nobody, tried: nobody } }),
      log: silentLog(),
      ...overrides,
    });
    await context.start();
    const address = `127.0.0.1:${context.ports.grpc}`;
    const orders = createRpcClient(OrderServiceService, { address });
    const operators = createRpcClient(SagaOperatorServiceService, { address });
    const service: RunningService = {
      context,
      orders,
      operators,
      async metric(name, labels = "") {
        const metrics = await (await fetch(`http://127.0.0.1:${context.ports.ops}/metrics`)).text();
        const line = metrics.split("\n").find((one) => one.startsWith(`${name}{`) && one.includes(labels));
        return Number(line?.split(" ").at(-1) ?? 0);
      },
      place: (request, { authorization = alice, timeoutMs = 10_000, ...options } = {}) =>
        orders.createOrder(
          CreateOrderRequest.fromPartial({
            items: [{ productId: PRODUCT, quantity: 1 }],
            shippingAddress: ADDRESS,
            ...request,
          }),
          { authorization, timeoutMs, ...options },
        ),
      async stop() {
        running.delete(service);
        await context.close();
        orders.close();
        operators.close();
      },
    };
    running.add(service);
    return service;
  }

  return {
    database,
    identity,
    start,
    async query<Row extends pg.QueryResultRow>(sql: string, values: unknown[] = []): Promise<Row[]> {
      const client = new pg.Client({ connectionString: database.url });
      await client.connect();
      try {
        return (await client.query<Row>(sql, values)).rows;
      } finally {
        await client.end();
      }
    },
    async close() {
      await Promise.all([...running].map((service) => service.stop()));
      await Promise.all([database.drop(), identity.close()]);
    },
  };
}

function configFor(database: TestDatabase, identity: TestIdentity, variables: NodeJS.ProcessEnv): Config {
  return readConfig({
    APP_MODE: "development",
    SANDBOX_RULES: "on",
    GRPC_PORT: "0",
    OPS_PORT: "0",
    DATABASE_URL: database.url,
    IDENTITY_URL: identity.url,
    TOKEN_ISSUER: identity.issuer,
    CLIENT_ID: identity.clientId,
    CLIENT_SECRET: identity.clientSecret,
    INVENTORY_ADDRESS: "127.0.0.1:1",
    PAYMENTS_ADDRESS: "127.0.0.1:1",
    SHIPPING_ADDRESS: "127.0.0.1:1",
    NOTIFICATIONS_ADDRESS: "127.0.0.1:1",
    SAGA_RETRY_ATTEMPTS: "1",
    SAGA_RETRY_DELAY_MS: "1",
    ...variables,
  });
}
