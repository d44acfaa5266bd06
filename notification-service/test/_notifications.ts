import { randomUUID } from "node:crypto";
import { createRpcClient, type RpcClient } from "@shop/platform/grpc-client";
import { silentLog } from "@shop/platform/logging";
import { NotificationServiceService, type OrderEvent } from "@shop/protos/gen/shop/notifications/v1/notifications";
import { createTestDatabase } from "@shop/testkit/database";
import { aliceId, createTestIdentity, type TestIdentity } from "@shop/testkit/identity";
import type { Outgoing, Transport } from "../src/clients/transport.ts";
import { readConfig } from "../src/config.ts";
import { type Context, createContext, type Overrides } from "../src/context.ts";

export type Client = RpcClient<typeof NotificationServiceService>;

/** One process of the service, called through its real door as the order service. */
export interface Process {
  readonly context: Context;
  readonly client: Client;
  readonly options: { readonly timeoutMs: number; readonly authorization: string };
  close(): Promise<void>;
}

/** The service on a database of its own, in as many processes as a test starts. */
export interface Notifications extends Process {
  readonly identity: TestIdentity;
  /** What the transport was handed, in order. */
  readonly handedOver: Outgoing[];
  /** What the transport does with a message before it has taken it; a test puts its own in its place. */
  onSend(message: Outgoing, signal: AbortSignal): Promise<void>;
  /** Another process on the same database. */
  startAnother(overrides?: Overrides): Promise<Process>;
  rowOf(eventId: string): Promise<Record<string, unknown> | undefined>;
  opsText(path: string): Promise<string>;
  /** As an operator. */
  readonly operator: { readonly timeoutMs: number; readonly authorization: string };
}

export async function openNotifications(overrides: Overrides = {}): Promise<Notifications> {
  const [database, identity] = await Promise.all([createTestDatabase(), createTestIdentity()]);
  const handedOver: Outgoing[] = [];
  const transport: Transport = {
    async send(message, signal) {
      await it.onSend(message, signal);
      handedOver.push(message);
    },
  };

  async function start(own: Overrides): Promise<Process> {
    const config = readConfig({
      GRPC_PORT: "0",
      OPS_PORT: "0",
      DATABASE_URL: database.url,
      IDENTITY_URL: identity.url,
      CLIENT_ID: identity.clientId,
      CLIENT_SECRET: identity.clientSecret,
    });
    const context = await createContext(config, { log: silentLog(), transport, ...own });
    await context.start();
    const client = createRpcClient(NotificationServiceService, { address: `127.0.0.1:${context.ports.grpc}` });
    return {
      context,
      client,
      options: { timeoutMs: 10_000, authorization: `Bearer ${identity.serviceToken({ scopes: ["notifications"] })}` },
      async close() {
        client.close();
        await context.close();
      },
    };
  }

  const first = await start(overrides);
  const others: Process[] = [];
  const it: Notifications = {
    ...first,
    identity,
    handedOver,
    onSend: async () => undefined,
    async startAnother(own = overrides) {
      const other = await start(own);
      others.push(other);
      return other;
    },
    async rowOf(eventId) {
      const { rows } = await first.context.database.query("SELECT * FROM notifications WHERE event_id = $1", [eventId]);
      return rows[0];
    },
    async opsText(path) {
      const response = await fetch(`http://127.0.0.1:${first.context.ports.ops}${path}`);
      return `${response.status} ${await response.text()}`;
    },
    operator: { timeoutMs: 10_000, authorization: `Bearer ${identity.userToken({ role: "operator" })}` },
    async close() {
      await Promise.all([first, ...others].map((process) => process.close()));
      await Promise.all([identity.close(), database.drop()]);
    },
  };
  return it;
}

const occurredAt = new Date("2026-11-21T12:00:00.123Z");

/** The event of an order that is completed, right in every part. */
export function completed(change: Partial<OrderEvent> = {}): OrderEvent {
  return {
    eventId: randomUUID(),
    type: "domain.order.OrderCompleted",
    orderId: randomUUID(),
    userId: aliceId,
    totalAmount: { currencyCode: "USD", units: 12n, nanos: 990_000_000 },
    occurredAt,
    failure: undefined,
    ...change,
  };
}

/** The event of an order that failed before its stock was reserved, right in every part. */
export function failed(change: Partial<OrderEvent> = {}): OrderEvent {
  return completed({
    type: "domain.order.OrderFailed",
    totalAmount: undefined,
    failure: { code: "OUT_OF_STOCK", message: "There are only 3 lamps left.", step: "ReserveInventory" },
    ...change,
  });
}
