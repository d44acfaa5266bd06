import { eventually } from "@shop/testkit/eventually";
import { type Fate, LAMP } from "./_fates.ts";
import type { Neighbours } from "./_neighbours.ts";
import { type Death, type Owner, startOwner } from "./_owners.ts";
import { orderIdEndingIn } from "./_shop.ts";

/** An order whose owner was to die at one of its deeds. */
export interface Orphan {
  readonly orderId: string;
  readonly fate: Fate;
  readonly death: Death;
  /** The deed at which its owner died. */
  readonly diedAt: string;
  /** False where it died before anything was durable: it is as if nobody had ordered. */
  readonly isDurable: boolean;
}

/** Places an order with a process that dies at the given deed, and waits until it is dead. */
export async function orphan(
  neighbours: Neighbours,
  fate: Fate,
  death: Death,
  variables: Readonly<Record<string, string>> = {},
): Promise<Orphan> {
  const owner = await startOwner(neighbours, { death, variables });
  try {
    const orderId = newOrderId();
    await placeUnheard(owner, fate, orderId);
    const { deed = "" } = await owner.has("deed");
    return { orderId, fate, death, diedAt: deed, isDurable: death.at > 1 || death.when === "after" };
  } finally {
    await owner.end();
  }
}

/** An id to which the sandbox gives no meaning. */
export function newOrderId(): string {
  return orderIdEndingIn("a");
}

/** Places an order with a process that will not answer. */
export async function placeUnheard(owner: Owner, fate: Fate, orderId: string): Promise<void> {
  const items = [{ productId: LAMP, quantity: 1 }];
  // It fails when the process dies, or is answered just before.
  await owner.place({ orderId, items, ...fate.request }).catch(() => undefined);
}

/** Waits until every order has ended as it must, then looks at the books of all services. */
export async function expectEnds(neighbours: Neighbours, orphans: readonly Orphan[]): Promise<void> {
  const durable = orphans.filter(({ isDurable }) => isDurable).map(({ orderId }) => orderId);
  await eventually(async () => expect(await openOrders(neighbours, durable)).toEqual([]), {
    timeoutMs: 60_000,
    intervalMs: 100,
  });
  const { orders } = await neighbours.books();
  const found = orphans.map(({ orderId, diedAt, death }) => {
    const account = orders.find((each) => each.orderId === orderId);
    return [`${death.when} ${diedAt}`, account?.order?.status, account?.charges, account?.refunds];
  });
  const expected = orphans.map(({ fate, death, isDurable }) => {
    const { status, charges } = fate;
    const end = [status, charges, status === "Completed" ? 0 : charges];
    return [`${death.when} ${fate.deeds[death.at - 1]}`, ...(isDurable ? end : [undefined, undefined, undefined])];
  });
  expect(found).toEqual(expected);
  expect(await neighbours.faults()).toEqual([]);
}

/** Those of the orders that are not there yet, or whose saga has not ended. */
export async function openOrders(neighbours: Neighbours, orderIds: readonly string[]): Promise<string[]> {
  const sql = "SELECT order_id FROM order_sagas WHERE order_id = ANY ($1) AND completed_at IS NOT NULL";
  const ended = await neighbours.query<{ order_id: string }>("orders", sql, [orderIds]);
  const endedIds = new Set(ended.map((row) => row.order_id));
  return orderIds.filter((orderId) => !endedIds.has(orderId));
}
