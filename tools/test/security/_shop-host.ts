// Every service of the shop in this one process, apart from the process that attacks it, which starts this with their
// environments as JSON, and asks over IPC how it fares: see _shop-process.ts.

import { readConfig as readGateway } from "@shop/gateway/config";
import { createContext as createGateway } from "@shop/gateway/context";
import { readConfig as readIdentity } from "@shop/identity-service/config";
import { createContext as createIdentity } from "@shop/identity-service/context";
import { readConfig as readInventory } from "@shop/inventory-service/config";
import { createContext as createInventory } from "@shop/inventory-service/context";
import { readConfig as readNotifications } from "@shop/notification-service/config";
import { createContext as createNotifications } from "@shop/notification-service/context";
import { readConfig as readOrders } from "@shop/order-service/config";
import { createContext as createOrders } from "@shop/order-service/context";
import { readConfig as readPayments } from "@shop/payment-service/config";
import { createContext as createPayments } from "@shop/payment-service/context";
import { createLog } from "@shop/platform/logging";
import { readConfig as readShipping } from "@shop/shipping-service/config";
import { createContext as createShipping } from "@shop/shipping-service/context";
import type { Condition, HostedService } from "./_shop-process.ts";

type Env = Record<string, string>;

interface Running {
  start(): Promise<void>;
  close(): Promise<void>;
}

const tickMs = 10;
const errors: string[] = [];
const log = createLog({ service: "shop", level: "error", destination: { write: noteError } });
const create: Record<HostedService, (env: Env) => Promise<Running>> = {
  identity: (env) => createIdentity(readIdentity(env), { log }),
  inventory: (env) => createInventory(readInventory(env), { log }),
  payments: (env) => createPayments(readPayments(env), { log }),
  shipping: (env) => createShipping(readShipping(env), { log }),
  notifications: (env) => createNotifications(readNotifications(env), { log }),
  orders: (env) => createOrders(readOrders(env), { log }),
  gateway: (env) => createGateway(readGateway(env), { log }),
};

const environments = JSON.parse(process.env.SHOP_ENVIRONMENTS ?? "{}") as Record<HostedService, Env>;
const order = Object.keys(create) as HostedService[];
const running: Running[] = [];

let longestBlockMs = 0;
let cpuBefore = process.threadCpuUsage();
setInterval(() => {
  const { user, system } = process.threadCpuUsage(cpuBefore);
  cpuBefore = process.threadCpuUsage();
  longestBlockMs = Math.max(longestBlockMs, (user + system) / 1000);
}, tickMs);

process.on("message", (question) => {
  if (question === "condition") process.send?.(condition());
  else if (question === "block") process.send?.(takeBlock());
  else void stop();
});
process.on("disconnect", () => process.exit(1));

for (const name of order) {
  const service = await create[name](environments[name]);
  running.push(service);
  await service.start();
}
process.send?.("ready");

/** How the process fares, after everything that nobody holds any more has gone; the longest block is since the last time. */
function condition(): Condition {
  const longestBlockMs = takeBlock();
  for (let times = 0; times < 3; times += 1) globalThis.gc?.();
  const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
  const sockets = process.getActiveResourcesInfo().filter((kind) => kind === "TCPSocketWrap").length;
  return { rss, heapUsed, external, arrayBuffers, sockets, longestBlockMs, errors: errors.splice(0) };
}

function takeBlock(): number {
  const found = longestBlockMs;
  longestBlockMs = 0;
  cpuBefore = process.threadCpuUsage();
  return found;
}

async function stop(): Promise<void> {
  for (const service of running.reverse()) await service.close();
  process.exit(0);
}

function noteError(line: string): void {
  if (errors.length < 20) errors.push(line);
}
