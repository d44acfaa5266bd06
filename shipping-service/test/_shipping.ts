import { createRpcClient, type RpcClient } from "@shop/platform/grpc-client";
import { silentLog } from "@shop/platform/logging";
import {
  type ScheduleShipmentRequest,
  type ScheduleShipmentResponse,
  ShippingServiceService,
} from "@shop/protos/gen/shop/shipping/v1/shipping";
import { createTestDatabase } from "@shop/testkit/database";
import { createTestIdentity, type TestIdentity } from "@shop/testkit/identity";
import { readConfig } from "../src/config.ts";
import { type Context, createContext } from "../src/context.ts";

export type Client = RpcClient<typeof ShippingServiceService>;

/** The whole service on a database of its own, called through its real door as the order service. */
export interface Shipping {
  readonly identity: TestIdentity;
  readonly context: Context;
  readonly client: Client;
  readonly options: { readonly timeoutMs: number; readonly authorization: string };
  statusOf(orderId: string): Promise<string | undefined>;
  opsText(path: string): Promise<string>;
  close(): Promise<void>;
}

export async function openShipping(env: NodeJS.ProcessEnv = {}): Promise<Shipping> {
  const [database, identity] = await Promise.all([createTestDatabase(), createTestIdentity()]);
  const config = readConfig({
    GRPC_PORT: "0",
    OPS_PORT: "0",
    DATABASE_URL: database.url,
    IDENTITY_URL: identity.url,
    ...env,
  });
  const context = await createContext(config, { log: silentLog() });
  await context.start();
  const client = createRpcClient(ShippingServiceService, { address: `127.0.0.1:${context.ports.grpc}` });
  const authorization = `Bearer ${identity.serviceToken({ scopes: ["shipping"] })}`;
  return {
    identity,
    context,
    client,
    options: { timeoutMs: 10_000, authorization },
    async statusOf(orderId) {
      const query = "SELECT status FROM shipments WHERE order_id = $1";
      const { rows } = await context.database.query<{ status: string }>(query, [orderId]);
      return rows[0]?.status;
    },
    async opsText(path) {
      const response = await fetch(`http://127.0.0.1:${context.ports.ops}${path}`);
      return `${response.status} ${await response.text()}`;
    },
    async close() {
      client.close();
      await context.close();
      await identity.close();
      await database.drop();
    },
  };
}

const productId = "01900000-0000-7000-9000-000000000001";

/** A request that is right in every part. */
export function requestFor(
  orderId: string,
  change: { country?: string; quantity?: number } = {},
): ScheduleShipmentRequest {
  const { country = "US", quantity = 1 } = change;
  const address = { street: "1 Main Street", city: "Springfield", state: "IL", zipCode: "62701", country };
  return { orderId, userId: "01900000-0000-7000-8000-00000000a11c", address, lines: [{ productId, quantity }] };
}

/** What a call came to, in one word, and the tracking number where there is one. */
export async function outcomeOf(call: Promise<unknown>): Promise<string> {
  try {
    const { outcome } = (await call) as Partial<ScheduleShipmentResponse>;
    if (outcome === undefined) return "CANCELLED";
    return outcome.$case === "shipment" ? `SCHEDULED ${outcome.value.trackingNumber}` : outcome.value.code;
  } catch (err) {
    const { reason, code } = err as { reason?: string; code: string };
    return reason ?? code;
  }
}
