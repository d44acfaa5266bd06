import { silentLog } from "@shop/platform/logging";
import { createMetrics } from "@shop/platform/metrics";
import { eventually } from "@shop/testkit/eventually";
import type { OrderId, ProductId } from "../../src/domain/ids.ts";
import type { Decision } from "../../src/domain/reservation.ts";
import { createEvents } from "../../src/events.ts";
import { createExpirySweeper, type ExpirySweeper } from "../../src/jobs/expiry-sweeper.ts";
import { openStockRoom, type StockRoom } from "../_stock-room.ts";

let room: StockRoom;
beforeAll(async () => {
  room = await openStockRoom();
});
afterAll(() => room.close());

/** The sweeper of one of two processes. */
function openSweeper(process: 0 | 1): ExpirySweeper {
  const log = silentLog();
  const events = createEvents({ metrics: createMetrics("inventory-service"), log });
  return createExpirySweeper({ database: room.database, book: room.books[process], events, log, intervalMs: 5000 });
}

function sell(orderId: OrderId): Promise<Decision> {
  return room.books[0].apply({ kind: "commit", orderId });
}

function giveBack(orderId: OrderId): Promise<Decision> {
  return room.books[0].apply({ kind: "release", orderId });
}

/** Lets the first one come as far as the product, and the second one up to the first, before either can go on. */
async function inThisOrder<A, B>(id: ProductId, first: () => Promise<A>, second: () => Promise<B>): Promise<[A, B]> {
  const holder = await room.database.connect();
  try {
    await holder.query("BEGIN");
    await holder.query("SELECT FROM products WHERE id = $1 FOR UPDATE", [id]);
    const running: Promise<A> = first();
    await eventually(async () => (await room.waitingForLocks()) === 1, { timeoutMs: 20_000 });
    const both = Promise.all([running, second()]);
    await eventually(async () => (await room.waitingForLocks()) === 2, { timeoutMs: 20_000 });
    await holder.query("COMMIT");
    return await both;
  } finally {
    holder.release(true);
  }
}

describe("a sweep that has found an overdue reservation", () => {
  test("leaves it sold when the sale was first", async () => {
    const [id] = (await room.addProducts([10])) as [ProductId];
    const [orderId] = (await room.holdOverdue(id, 1)) as [OrderId];
    const [sale, expired] = await inThisOrder(
      id,
      () => sell(orderId),
      () => openSweeper(1).sweep(),
    );
    expect(sale).toMatchObject({ kind: "changed", reservation: { status: "COMMITTED" } });
    expect(expired).toBe(0);
    expect(await room.statusOf(orderId)).toBe("COMMITTED");
    expect(await room.stockOf(id)).toEqual({ onHand: 9, reserved: 0 });
  });

  test("gives its units back once when the release was first", async () => {
    const [id] = (await room.addProducts([10])) as [ProductId];
    const [orderId] = (await room.holdOverdue(id, 1)) as [OrderId];
    const [release, expired] = await inThisOrder(
      id,
      () => giveBack(orderId),
      () => openSweeper(1).sweep(),
    );
    expect(release).toMatchObject({ kind: "changed", reservation: { status: "RELEASED" } });
    expect(expired).toBe(0);
    expect(await room.stockOf(id)).toEqual({ onHand: 10, reserved: 0 });
  });

  test("leaves a tombstone when it is first: the sale is refused, the release is told that it is done", async () => {
    const [id] = (await room.addProducts([10])) as [ProductId];
    const [orderId] = (await room.holdOverdue(id, 1)) as [OrderId];
    const [expired, sale] = await inThisOrder(
      id,
      () => openSweeper(1).sweep(),
      () => sell(orderId),
    );
    expect(expired).toBe(1);
    expect(sale).toEqual({ kind: "rejected", reason: "EXPIRED" });
    expect(await giveBack(orderId)).toMatchObject({ kind: "unchanged", reservation: { status: "EXPIRED" } });
    const lines = [{ productId: id, quantity: 1 }];
    const late = await room.books[0].apply({ kind: "reserve", orderId, lines });
    expect(late).toEqual({ kind: "rejected", reason: "EXPIRED" });
    expect(await room.stockOf(id)).toEqual({ onHand: 10, reserved: 0 });
  });
});

test("200 overdue reservations, sold, given back and swept by two processes at once, end once each", async () => {
  const [id] = (await room.addProducts([1000])) as [ProductId];
  const orders = await room.holdOverdue(id, 200);
  const [first, second, decisions] = await Promise.all([
    openSweeper(0).sweep(),
    openSweeper(1).sweep(),
    Promise.all(
      orders.map((orderId, index) =>
        Promise.all([room.books[index % 2 === 0 ? 0 : 1].apply({ kind: "commit", orderId }), giveBack(orderId)]),
      ),
    ),
  ]);
  const changed = decisions.flat().filter((decision: Decision) => decision.kind === "changed");
  expect(first + second + changed.length).toBe(200);
  const sold = changed.filter(({ reservation }) => reservation.status === "COMMITTED").length;
  expect(await room.stockOf(id)).toEqual({ onHand: 1000 - sold, reserved: 0 });
});
