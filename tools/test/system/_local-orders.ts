import { Writable } from "node:stream";
import { readConfig } from "@shop/order-service/config";
import { createContext, type Overrides } from "@shop/order-service/context";
import { createRpcClient } from "@shop/platform/grpc-client";
import { createLog } from "@shop/platform/logging";
import {
  CreateOrderRequest,
  type CreateOrderResponse,
  type DeepPartial,
  OrderServiceService,
} from "@shop/protos/gen/shop/orders/v1/orders";
import { aliceId } from "@shop/testkit/identity";
import { LAMP } from "./_fates.ts";
import type { Neighbours } from "./_neighbours.ts";
import { HOME } from "./_shop.ts";

/** An order service in this process, with its real participants. */
export interface LocalOrders {
  readonly grpc: number;
  /** What it has logged. */
  readonly logged: readonly Record<string, unknown>[];
  /** Places an order of one lamp as alice. */
  place(request?: DeepPartial<CreateOrderRequest>, timeoutMs?: number): Promise<CreateOrderResponse>;
  /** What a counter or gauge says, over all its labels that hold these. */
  metric(name: string, labels?: Readonly<Record<string, string>>): Promise<number>;
  stop(): Promise<void>;
}

export interface LocalOrdersOptions {
  readonly variables?: NodeJS.ProcessEnv;
  readonly overrides?: Overrides;
}

/** Starts an order service. */
export async function startLocalOrders(
  neighbours: Neighbours,
  { variables = {}, overrides = {} }: LocalOrdersOptions = {},
): Promise<LocalOrders> {
  const logged: Record<string, unknown>[] = [];
  const destination = new Writable({
    write(chunk, _, done) {
      for (const line of String(chunk).trim().split("\n")) logged.push(JSON.parse(line));
      done();
    },
  });
  const config = readConfig({ ...neighbours.variables, ...variables });
  const log = createLog({ service: "order-service", level: "info", destination });
  const context = await createContext(config, { log, ...overrides });
  await context.start();
  const rpc = createRpcClient(OrderServiceService, { address: `127.0.0.1:${context.ports.grpc}` });
  const authorization = `Bearer ${neighbours.identity.userToken({ userId: aliceId })}`;
  return {
    grpc: context.ports.grpc,
    logged,
    place: (request, timeoutMs = 20_000) =>
      rpc.createOrder(
        CreateOrderRequest.fromPartial({
          items: [{ productId: LAMP, quantity: 1 }],
          shippingAddress: HOME,
          ...request,
        }),
        { timeoutMs, authorization },
      ),
    async metric(name, labels = {}) {
      const text = await (await fetch(`http://127.0.0.1:${context.ports.ops}/metrics`)).text();
      return sumOf(text, name, labels);
    },
    async stop() {
      rpc.close();
      await context.close();
    },
  };
}

/** The sum of a metric in the text of `/metrics`, over all its labels that hold these. */
export function sumOf(text: string, name: string, labels: Readonly<Record<string, string>> = {}): number {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  return text
    .split("\n")
    .filter((line) => /^[a-z_]+/.exec(line)?.[0] === name && wanted.every((label) => line.includes(label)))
    .reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}
