// A client that does nothing wrong, in a process of its own, so that what it measures is not its neighbour's work: it
// calls each door again and again, each over a connection of its own, and tells over IPC how long the answers took.
import { Agent, get } from "node:http";
import { openGun } from "./_grpc-gun.ts";
import { frame } from "./_wire.ts";

interface Doors {
  readonly grpc: string;
  readonly orders: string;
  readonly gateway: string;
  readonly identity: string;
  readonly token: string;
}

const pauseMs = 5;
/** What a door says that has more to do than it can: an answer, and no failure. */
const shed = "shed";
const doors = JSON.parse(process.env.GOOD_CLIENT_DOORS ?? "{}") as Doors;
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const gun = openGun(doors.grpc, 1);
const orders = openGun(doors.orders, 1);
const noMessage = frame(Buffer.alloc(0));
let taken: Record<string, number[]> = {};
let failures: string[] = [];

const visits: Record<string, () => Promise<string | undefined>> = {
  inventory: () => call(gun, "/shop.inventory.v1.InventoryService/ListProducts", {}),
  orders: () => call(orders, "/shop.orders.v1.OrderService/ListOrders", { authorization: `Bearer ${doors.token}` }),
  gateway: () => request(`http://${doors.gateway}/api/products`),
  identity: () => request(`http://${doors.identity}/.well-known/jwks.json`),
};

process.on("message", () => {
  process.send?.({ taken, failures });
  taken = {};
  failures = [];
});
process.on("disconnect", () => process.exit(0));
for (const [name, visit] of Object.entries(visits)) void keepVisiting(name, visit);
process.send?.("ready");

async function keepVisiting(name: string, visit: () => Promise<string | undefined>): Promise<void> {
  for (;;) {
    const startedAt = performance.now();
    const failure = await visit();
    const of = failure === undefined ? name : failure === shed ? shed : "failed";
    const list = taken[of] ?? [];
    taken[of] = list;
    list.push(performance.now() - startedAt);
    if (of === "failed" && failures.length < 10) failures.push(`${name}: ${failure}`);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

async function call(own: typeof gun, path: string, headers: Record<string, string>): Promise<string | undefined> {
  const { code, text } = await own.fire({ kind: "good", path, headers, body: noMessage });
  return code === 0 ? undefined : text;
}

function request(url: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const req = get(url, { agent, timeout: 30_000 }, (res) => {
      res.resume();
      const isShed = res.statusCode === 503 && res.headers["retry-after"] !== undefined;
      const failure = isShed ? shed : `status ${res.statusCode}`;
      res.once("end", () => resolve(res.statusCode === 200 ? undefined : failure));
    });
    req.once("timeout", () => req.destroy(new Error("timeout")));
    req.once("error", (err) => resolve(err.message));
  });
}
