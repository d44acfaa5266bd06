import { randomUUID } from "node:crypto";
import { createRpcClient, type RpcClient } from "@shop/platform/grpc-client";
import { silentLog } from "@shop/platform/logging";
import { InventoryServiceService, type Line } from "@shop/protos/gen/shop/inventory/v1/inventory";
import { createTestDatabase } from "@shop/testkit/database";
import { createTestIdentity, type TestIdentity } from "@shop/testkit/identity";
import { readConfig } from "../src/config.ts";
import { type Context, createContext } from "../src/context.ts";

/** The service as it runs in the demo, behind its real door. */
export interface RunningService {
  readonly context: Context;
  readonly identity: TestIdentity;
  readonly client: RpcClient<typeof InventoryServiceService>;
  /** How a call goes out with this authorization; the order service's where left out, none where empty. */
  as(token?: string): { timeoutMs: number; authorization?: string };
  metric(name: string): Promise<number | undefined>;
  close(): Promise<void>;
}

export async function runService(env: NodeJS.ProcessEnv = {}): Promise<RunningService> {
  const [database, identity] = await Promise.all([createTestDatabase(), createTestIdentity()]);
  const closeNeighbours = async (): Promise<void> => {
    await identity.close();
    await database.drop();
  };
  return await startInstance(database.url, identity, env, closeNeighbours);
}

/** Starts another instance of the service on the same database. To be closed before the first one. */
export function runBeside({ context, identity }: RunningService): Promise<RunningService> {
  return startInstance(context.database.options.connectionString ?? "", identity, {}, () => Promise.resolve());
}

async function startInstance(
  databaseUrl: string,
  identity: TestIdentity,
  env: NodeJS.ProcessEnv,
  closeNeighbours: () => Promise<void>,
): Promise<RunningService> {
  const config = readConfig({
    APP_MODE: "demo",
    GRPC_PORT: "0",
    OPS_PORT: "0",
    DATABASE_URL: databaseUrl,
    IDENTITY_URL: identity.url,
    ...env,
  });
  const context = await createContext(config, { log: silentLog() });
  await context.start();
  const client = createRpcClient(InventoryServiceService, { address: `127.0.0.1:${context.ports.grpc}` });
  const ownToken = identity.serviceToken({ scopes: ["inventory"] });
  return {
    context,
    identity,
    client,
    as: (token = ownToken) => ({ timeoutMs: 5000, authorization: token === "" ? undefined : `Bearer ${token}` }),
    async metric(name) {
      const text = await (await fetch(`http://127.0.0.1:${context.ports.ops}/metrics`)).text();
      const value = new RegExp(`^${name}(?:\\{[^}]*\\})? (\\d+)$`, "m").exec(text)?.[1];
      return value === undefined ? undefined : Number(value);
    },
    async close() {
      client.close();
      await context.close();
      await closeNeighbours();
    },
  };
}

/** The id of the demo's product with this number, 1 to 24. */
export function demoProduct(number: number): string {
  return `01900000-0000-7000-9000-${String(number).padStart(12, "0")}`;
}

/** An order's id that ends in a digit to which the sandbox is indifferent. */
export function orderId(): string {
  return `${randomUUID().slice(0, -1)}7`;
}

export function line(product: number, quantity: number, cents?: number): Line {
  const money =
    cents === undefined
      ? undefined
      : { currencyCode: "USD", units: BigInt(Math.floor(cents / 100)), nanos: (cents % 100) * 10_000_000 };
  return { productId: demoProduct(product), quantity, expectedUnitPrice: money };
}
