import { randomUUID } from "node:crypto";
import { createRpcClient, type RpcClient } from "@shop/platform/grpc-client";
import { silentLog } from "@shop/platform/logging";
import { PaymentServiceService, type ProcessPaymentRequest } from "@shop/protos/gen/shop/payments/v1/payments";
import { createTestIdentity, type TestIdentity } from "@shop/testkit/identity";
import { readConfig } from "../../src/config.ts";
import { type Context, createContext, type Overrides } from "../../src/context.ts";
import { createPostgresPlace, type TestPlace } from "./_storages.ts";

export interface RunningService {
  /** Where it keeps its payments. */
  place: TestPlace;
  context: Context;
  identity: TestIdentity;
  /** The generated client, as the order service has it: it holds the types at run time against the contract. */
  client: RpcClient<typeof PaymentServiceService>;
  /** What goes with a call of a service that may. */
  asService(): { timeoutMs: number; authorization: string };
  /** The value of a metric without labels. */
  metric(name: string): Promise<number>;
  close(): Promise<void>;
}

export interface RunOptions {
  /** Where it keeps its payments; it is not removed with the service. Default: a PostgreSQL database of its own. */
  place?: TestPlace;
  env?: Record<string, string>;
  overrides?: Overrides;
}

/** Starts the service on free ports, with an identity of its own. */
export async function runPaymentService({ env, overrides, ...options }: RunOptions = {}): Promise<RunningService> {
  const [place, identity] = await Promise.all([options.place ?? createPostgresPlace(), createTestIdentity()]);
  const config = readConfig({
    GRPC_PORT: "0",
    OPS_PORT: "0",
    IDENTITY_URL: identity.url,
    TOKEN_ISSUER: identity.issuer,
    SANDBOX_RULES: "on",
    ...place.env,
    ...env,
  });
  const context = await createContext(config, { log: silentLog(), ...overrides });
  await context.start();
  const client = createRpcClient(PaymentServiceService, { address: `127.0.0.1:${context.ports.grpc}` });
  return {
    place,
    context,
    identity,
    client,
    asService: () => ({
      timeoutMs: 10_000,
      authorization: `Bearer ${identity.serviceToken({ scopes: ["payments"] })}`,
    }),
    metric: (name) => metricOf(context.ports.ops, name),
    async close() {
      client.close();
      await context.close();
      await identity.close();
      if (options.place === undefined) await place.drop();
    },
  };
}

/** A request that is charged; its order's id ends in 5. */
export function goodRequest(changes: Partial<ProcessPaymentRequest> = {}): ProcessPaymentRequest {
  return {
    orderId: orderIdEndingIn("5"),
    userId: "01900000-0000-7000-8000-00000000a11c",
    amount: { currencyCode: "USD", units: 12n, nanos: 990_000_000 },
    paymentMethod: "pm_ok",
    ...changes,
  };
}

export function orderIdEndingIn(digit: string): string {
  return `${randomUUID().slice(0, -1)}${digit}`;
}

async function metricOf(opsPort: number, name: string): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${opsPort}/metrics`);
  const line = (await response.text())
    .split("\n")
    .find((text) => text.startsWith(`${name}{`) || text.startsWith(`${name} `));
  if (line === undefined) throw new Error(`There is no metric ${name}.`);
  return Number(line.split(" ").at(-1));
}
