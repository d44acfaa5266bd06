import { execFile } from "node:child_process";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { fromUnknown } from "@shop/platform/errors";
import { createRpcClient } from "@shop/platform/grpc-client";
import { InventoryServiceService } from "@shop/protos/gen/shop/inventory/v1/inventory";
import { NotificationServiceService } from "@shop/protos/gen/shop/notifications/v1/notifications";
import { PaymentServiceService } from "@shop/protos/gen/shop/payments/v1/payments";
import { ShippingServiceService } from "@shop/protos/gen/shop/shipping/v1/shipping";
import { eventually } from "@shop/testkit/eventually";
import { type Answer, DEMO_PASSWORD, HOME, openShop, orderIdEndingIn, type Product, type Shop } from "./_shop.ts";

jest.setTimeout(180_000);

const command = join(import.meta.dirname, "..", "..", "src", "shop.ts");
const refusedWithinMs = 10_000;

let shop: Shop;
let lamp: Product;

beforeAll(async () => {
  // The delay before a new key signs stays the usual one: verifiers read the keys every 5 s, so a shorter one shows nothing.
  shop = await openShop({ LOG_LEVEL: "warn", ORDERS_PER_SECOND: "1000", REQUESTS_PER_SECOND: "100000" });
  lamp = await eventually(() => shop.affordable(), { timeoutMs: 30_000, intervalMs: 500 });
}, 120_000);

afterAll(() => shop.close(), 60_000);

interface Tokens {
  access_token: string;
  refresh_token: string;
}

/** A gateway that has too much to do says so and when to come again: that is no failure of the keys. */
async function answered(ask: () => Promise<Answer>): Promise<Answer> {
  for (let tries = 1; ; tries += 1) {
    const answer = await ask();
    if (answer.body?.code !== "OVERLOADED" || tries === 100) return answer;
    await pause(250);
  }
}

async function logIn(username: string): Promise<Tokens> {
  const { status, body } = await answered(() => shop.post("/auth/login", { username, password: DEMO_PASSWORD }));
  if (status !== 200) throw new Error(`a login was answered ${status}: ${JSON.stringify(body)}`);
  return body;
}

async function refresh(refreshToken: string): Promise<Tokens> {
  const form = new URLSearchParams({ grant_type: "refresh_token", refresh_token: refreshToken });
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const { status, body } = await answered(() => shop.post("/auth/oauth2/token", form.toString(), { headers }));
  if (status !== 200) throw new Error(`a refresh was answered ${status}: ${JSON.stringify(body)}`);
  return body;
}

async function order(token: string): Promise<void> {
  const order = { items: [{ productId: lamp.id, quantity: 1 }], shippingAddress: HOME };
  const { status, body } = await answered(() => shop.post("/api/orders", order, { token }));
  if (status !== 201 && status !== 202) throw new Error(`an order was answered ${status}: ${JSON.stringify(body)}`);
}

const kidOf = (token: string): string =>
  JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString("utf8")).kid;

/** Users who log in, order, refresh and order again, all the time; the first answer that is none ends it. */
function startUsers(count: number) {
  const kids = new Set<string>();
  let requests = 0;
  let isStopping = false;
  const use = async (username: string) => {
    let tokens = await logIn(username);
    for (let turn = 0; !isStopping; turn += 1) {
      kids.add(kidOf(tokens.access_token));
      await order(tokens.access_token);
      tokens = turn % 3 === 2 ? await logIn(username) : await refresh(tokens.refresh_token);
      requests += 2;
    }
  };
  const ended = Promise.all(Array.from({ length: count }, (_, index) => use(index % 2 === 0 ? "alice" : "bob")));
  ended.catch(() => undefined); // told by stop()
  return {
    kids,
    async stop() {
      isStopping = true;
      await ended;
      return requests;
    },
  };
}

/** `npm run shop -- keys …`, as an operator types it. */
async function keys(...args: string[]): Promise<string> {
  const url = `${shop.system.restUrl}/auth`;
  const { stdout } = await promisify(execFile)(process.execPath, [command, "keys", ...args, "--url", url], {
    env: { PATH: process.env.PATH },
    timeout: 60_000,
  });
  return stdout;
}

async function removeKey(kid: string, adminToken: string): Promise<void> {
  const headers = { authorization: `Bearer ${adminToken}` };
  const response = await fetch(`${shop.system.identityUrl}/keys/${kid}`, { method: "DELETE", headers });
  if (response.status !== 204) throw new Error(`the removal was answered ${response.status}`);
}

/** What each service's own door says to a user's token: the code of its refusal, or OK. */
function doors(): { ask(token: string): Promise<Record<string, string>>; close(): void } {
  const { grpcDoors, identityUrl, restUrl } = shop.system;
  const client = <D extends Parameters<typeof createRpcClient>[0]>(definition: D, name: string) =>
    createRpcClient(definition, { address: grpcDoors[name] ?? "" });
  const inventory = client(InventoryServiceService, "inventory");
  const payments = client(PaymentServiceService, "payments");
  const shipping = client(ShippingServiceService, "shipping");
  const notifications = client(NotificationServiceService, "notifications");
  const orderId = orderIdEndingIn("5");
  const codeOf = (call: Promise<unknown>) =>
    call.then(
      () => "OK",
      (err: unknown) => fromUnknown(err).code,
    );
  const httpCode = async (url: string, token: string) => {
    const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
    return response.status === 401 ? "UNAUTHENTICATED" : String(response.status);
  };
  return {
    async ask(token) {
      const options = { authorization: `Bearer ${token}`, timeoutMs: 5_000 };
      const codes = {
        gateway: httpCode(`${restUrl}/api/sagas`, token),
        identity: httpCode(`${identityUrl}/keys`, token),
        orders: codeOf(shop.orders.listOrders({ userId: "", pageSize: 1, pageToken: "" }, options)),
        inventory: codeOf(inventory.releaseInventory({ orderId }, options)),
        payments: codeOf(payments.getPayment({ orderId }, options)),
        shipping: codeOf(shipping.getShipment({ orderId }, options)),
        notifications: codeOf(
          notifications.listNotifications({ orderId, userId: "", pageSize: 1, pageToken: "" }, options),
        ),
      };
      return Object.fromEntries(
        await Promise.all(Object.entries(codes).map(async ([name, code]) => [name, await code] as const)),
      );
    },
    close() {
      for (const opened of [inventory, payments, shipping, notifications]) opened.close();
    },
  };
}

test("keys rotate under load without one request failing, and a removed key is refused everywhere within 10 s", async () => {
  const services = doors();
  try {
    const before = await logIn("admin");
    const users = startUsers(4);
    const rotated = JSON.parse(await keys("rotate", "--json"));
    expect(rotated).toMatchObject({ status: "current" });
    const after = await logIn("admin");
    expect(kidOf(after.access_token)).toBe(rotated.kid);
    expect(kidOf(before.access_token)).not.toBe(rotated.kid);

    // Both keys are good: the new one's tokens from their first moment, the old one's as long as they live.
    const accepted = await services.ask(after.access_token);
    expect(Object.values(accepted)).not.toContain("UNAUTHENTICATED");
    expect(await services.ask(before.access_token)).toEqual(accepted);
    const requests = await users.stop();
    expect(requests).toBeGreaterThan(50);
    expect(users.kids).toEqual(new Set([kidOf(before.access_token), rotated.kid]));

    const removedAt = performance.now();
    await removeKey(kidOf(before.access_token), after.access_token);
    const refusedAt = new Map<string, number>();
    while (refusedAt.size < Object.keys(accepted).length && performance.now() - removedAt < refusedWithinMs) {
      for (const [name, code] of Object.entries(await services.ask(before.access_token))) {
        if (code === "UNAUTHENTICATED" && !refusedAt.has(name)) refusedAt.set(name, performance.now() - removedAt);
      }
    }
    expect([...refusedAt.keys()].sort()).toEqual(Object.keys(accepted).sort());
    expect(await services.ask(after.access_token)).toEqual(accepted);
    const slowest = Math.round(Math.max(...refusedAt.values()));
    process.stdout.write(
      `${requests} requests during the rotation, none failed; refused after at most ${slowest} ms\n`,
    );
    await order((await logIn("alice")).access_token);
  } finally {
    services.close();
  }
});

test("removing the key that signs shuts everybody out for one reading of the keys, and no longer", async () => {
  const services = doors();
  try {
    const before = await logIn("admin");
    const accepted = await services.ask(before.access_token);
    expect(Object.values(accepted)).not.toContain("UNAUTHENTICATED");
    const removedAt = performance.now();
    await removeKey(kidOf(before.access_token), before.access_token);

    const after = await logIn("admin");
    expect(kidOf(after.access_token)).not.toBe(kidOf(before.access_token));
    await eventually(async () => expect(await services.ask(after.access_token)).toEqual(accepted), {
      timeoutMs: refusedWithinMs,
      intervalMs: 100,
    });
    process.stdout.write(`a fresh key was accepted everywhere after ${Math.round(performance.now() - removedAt)} ms\n`);
    expect(new Set(Object.values(await services.ask(before.access_token)))).toEqual(new Set(["UNAUTHENTICATED"]));
    await order((await logIn("alice")).access_token);
  } finally {
    services.close();
  }
});
