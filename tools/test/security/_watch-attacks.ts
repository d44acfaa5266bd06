import { setTimeout as wait } from "node:timers/promises";
import { callHeaders, DATA, END_HEADERS, END_STREAM, HEADERS, http2Frame, settings } from "@shop/testkit/http2-frames";
import { dial } from "./_http-gun.ts";
import type { Attack } from "./_http2-attacks.ts";
import { openRawConnection } from "./_http2-connection.ts";
import type { AttackedShop } from "./_shop-process.ts";
import { bytesField, frame } from "./_wire.ts";

const watch = "/shop.orders.v1.OrderService/WatchOrder";
const ordersAtOnce = 4;
/** Of SETTINGS. */
const INITIAL_WINDOW_SIZE = 4;

/** Clients of the gateway that watch orders, each on a connection of its own, and do not read what they are told. */
export const eventAttacks: readonly Attack[] = [
  {
    name: "watchers of events that never read",
    run: (address, scale, shop) =>
      watchOrders(shop, 100 * scale, 10, (orderId) => {
        const socket = dial(address).pause();
        const head = [`GET /api/orders/${orderId}/events HTTP/1.1`, "host: a", bearer(shop)];
        socket.write(`${head.join("\r\n")}\r\n\r\n`);
        return { close: () => socket.destroy() };
      }),
  },
];

/** The same at the order service, over gRPC: streams that leave no room for a message. */
export const watchAttacks: readonly Attack[] = [
  {
    name: "watchers of orders that never read",
    run: (address, scale, shop) =>
      watchOrders(shop, 100 * scale, 1, (orderId) => {
        const connection = openRawConnection(address, { first: settings([[INITIAL_WINDOW_SIZE, 0]]) });
        const headers = callHeaders(watch, { authorization: `Bearer ${shop.tokens.customer}` });
        const request = frame(bytesField(1, Buffer.from(orderId)));
        for (let id = 1; id < 100; id += 2) {
          void connection.send(
            http2Frame(HEADERS, END_HEADERS, id, headers),
            http2Frame(DATA, END_STREAM, id, request),
          );
        }
        return connection;
      }),
  },
];

interface Closable {
  close(): void;
}

/** Places orders, and of each opens so many watchers; holds them for longer than anybody waits for a reader. */
async function watchOrders(
  shop: AttackedShop,
  orders: number,
  watchersOfEach: number,
  open: (orderId: string) => Closable,
): Promise<string> {
  const held: Closable[] = [];
  let placed = 0;
  async function keepPlacing(): Promise<void> {
    for (let tries = 0; placed < orders && tries < orders; tries += 1) {
      const orderId = await placeOrder(shop);
      if (orderId === undefined) {
        await wait(50);
        continue;
      }
      placed += 1;
      for (let count = 0; count < watchersOfEach; count += 1) held.push(open(orderId));
    }
  }
  await Promise.all(Array.from({ length: ordersAtOnce }, keepPlacing));
  await wait(12_000);
  for (const one of held) one.close();
  return `${held.length} connections for ${placed} orders`;
}

/** The id of an order, whatever becomes of it; undefined where there is too much to do. */
async function placeOrder({ http, tokens }: AttackedShop): Promise<string | undefined> {
  const listed = await fetch(`http://${http.gateway}/api/products?pageSize=100`);
  const { products = [] } = (await listed.json()) as { products?: { id: string; available: number }[] };
  const productId = products.find(({ available }) => available > 100)?.id;
  const shippingAddress = { street: "1 Main St", city: "Springfield", state: "IL", zipCode: "62701", country: "US" };
  const response = await fetch(`http://${http.gateway}/api/orders`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${tokens.customer}` },
    body: JSON.stringify({ items: [{ productId, quantity: 1 }], shippingAddress }),
  });
  return ((await response.json()) as { id?: string }).id;
}

function bearer({ tokens }: AttackedShop): string {
  return `authorization: Bearer ${tokens.customer}`;
}
