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
  const owner = await startOwner(neighbours, { death, variables, claimsNothing: true });
  try {
    const { orderId, deed } = await placeUntilDeath(owner, fate);
    return { orderId, fate, death, diedAt: deed, isDurable: death.at !== "insert" || death.when === "after" };
  } finally {
    await owner.end();
  }
}

/**
 * Places orders, one after the other, until the process dies at one. On a machine that is busy with other things an order
 * may be parked before it comes to the deed, or be taken over by another process: that one ends like any other.
 */
async function placeUntilDeath(owner: Owner, fate: Fate): Promise<{ orderId: string; deed: string }> {
  for (let attempt = 1; ; attempt += 1) {
    const orderId = newOrderId();
    const answered = placeUnheard(owner, fate, orderId).then(() => owner.died);
    const deed = await Promise.race([owner.has("deed").then((told) => told.deed), answered]);
    if (deed !== undefined) return { orderId, deed };
    if (attempt === mostAttempts) throw new Error(`The process did not come to its last deed in ${attempt} orders.`);
  }
}

const mostAttempts = 10;

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
  await expectEnded(neighbours, durable);
  const { orders } = await neighbours.books();
  const found = orphans.map(({ orderId, diedAt, death }) => {
    const account = orders.find((each) => each.orderId === orderId);
    return [`${death.when} ${diedAt}`, account?.order?.status, account?.charges, account?.refunds];
  });
  const expected = orphans.map(({ fate, death, isDurable }) => {
    const { status, charges } = fate;
    const end = [status, charges, status === "Completed" ? 0 : charges];
    return [`${death.when} ${death.at}`, ...(isDurable ? end : [undefined, undefined, undefined])];
  });
  expect(found).toEqual(expected);
  expect(await neighbours.faults()).toEqual([]);
}

/** Waits until these orders are there and have ended, and all others that there are. */
export async function expectEnded(neighbours: Neighbours, orderIds: readonly string[]): Promise<void> {
  await eventually(
    async () => {
      expect(await openOrders(neighbours, orderIds)).toEqual([]);
      const open = await neighbours.query("orders", "SELECT order_id FROM order_sagas WHERE completed_at IS NULL");
      expect(open).toEqual([]);
    },
    { timeoutMs: 60_000, intervalMs: 100 },
  );
}

/** Those of the orders that are not there yet, or whose saga has not ended. */
export async function openOrders(neighbours: Neighbours, orderIds: readonly string[]): Promise<string[]> {
  const sql = "SELECT order_id FROM order_sagas WHERE order_id = ANY ($1) AND completed_at IS NOT NULL";
  const ended = await neighbours.query<{ order_id: string }>("orders", sql, [orderIds]);
  const endedIds = new Set(ended.map((row) => row.order_id));
  return orderIds.filter((orderId) => !endedIds.has(orderId));
}

/** What became of a deed that came late. */
export interface Late {
  readonly answer?: string;
  /** How many rows are not as they were before it. */
  readonly changedRows: number;
  /** The order's. */
  readonly status?: string;
}

/** Stops a process (SIGSTOP) before a deed of its saga until another has ended the saga, then continues it. */
export async function comesLate(neighbours: Neighbours, fate: Fate, deed: string): Promise<Late> {
  const death = { at: deed, when: "before", by: "SIGSTOP" } as const;
  const owner = await startOwner(neighbours, { death, claimsNothing: true });
  try {
    const { orderId } = await placeUntilDeath(owner, fate);
    return await continued(neighbours, owner, orderId);
  } finally {
    await owner.end();
  }
}

/** Waits until others have ended the saga of a process that is stopped, continues it, and looks at what that changes. */
export async function continued(neighbours: Neighbours, owner: Owner, orderId: string): Promise<Late> {
  await eventually(async () => expect(await openOrders(neighbours, [orderId])).toEqual([]), { timeoutMs: 40_000 });
  const before = await rowsOf(neighbours, orderId);
  owner.signal("SIGCONT");
  const { answer } = await owner.has("late");
  await eventually(async () => expect(await inFlight(owner)).toBe(0), { timeoutMs: 20_000 });
  const after = await rowsOf(neighbours, orderId);
  const changed = [...before.filter((row) => !after.includes(row)), ...after.filter((row) => !before.includes(row))];
  const [order] = await neighbours.query<{ status: string }>("orders", "SELECT status FROM orders WHERE id = $1", [
    orderId,
  ]);
  return { answer, changedRows: changed.length, status: order?.status };
}

/** What the relay has tried of an order's message is its own: nobody is there to take it. */
const rowsQueries = {
  orders: `SELECT to_jsonb(orders) AS row FROM orders WHERE id = $1
    UNION ALL SELECT to_jsonb(order_sagas) || jsonb_build_object('history', (
        SELECT jsonb_agg(entry) FROM jsonb_array_elements(history) AS entry WHERE entry ->> 'step' NOT LIKE 'Send%'))
      FROM order_sagas WHERE order_id = $1
    UNION ALL SELECT to_jsonb(outbox)
        - '{sent_at,attempts,faults,last_error,due_at,claimed_until,poisoned_at}'::text[] FROM outbox
      WHERE payload ->> 'orderId' = $1::text`,
  inventory: "SELECT to_jsonb(reservations) AS row FROM reservations WHERE order_id = $1",
  payments: `SELECT document AS row FROM payments WHERE order_id = $1
    UNION ALL SELECT to_jsonb(sandbox_ledger) FROM sandbox_ledger WHERE charge_key = $1::text`,
  shipping: "SELECT to_jsonb(shipments) AS row FROM shipments WHERE order_id = $1",
};

/** Everything that is stored of an order. */
async function rowsOf(neighbours: Neighbours, orderId: string): Promise<string[]> {
  const found = await Promise.all(
    Object.entries(rowsQueries).map(([ledger, sql]) =>
      neighbours.query<{ row: unknown }>(ledger as keyof typeof rowsQueries, sql, [orderId]),
    ),
  );
  return found.flat().map(({ row }) => JSON.stringify(row));
}

/** How many sagas a process says that it runs. */
async function inFlight({ ops }: Owner): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${ops}/metrics`)).text();
  return Number(/^saga_in_flight(?:{.*})? (\d+)$/m.exec(text)?.[1]);
}
