import { createLog, silentLog } from "@shop/platform/logging";
import { createMetrics } from "@shop/platform/metrics";
import { eventually } from "@shop/testkit/eventually";
import type { OrderId, ProductId } from "../../src/domain/ids.ts";
import { createEvents } from "../../src/events.ts";
import { createExpirySweeper } from "../../src/jobs/expiry-sweeper.ts";
import { newOrderId, openStockRoom, type StockRoom } from "../_stock-room.ts";

let room: StockRoom;
beforeAll(async () => {
  room = await openStockRoom();
});
afterAll(() => room.close());

/** The sweeper of one of two processes, whose pauses end when the test says so. */
function openSweeper(process: 0 | 1, batchSize = 2, log = silentLog()) {
  const metrics = createMetrics("inventory-service");
  const wakers: (() => void)[] = [];
  const pauses: number[] = [];
  const sweeper = createExpirySweeper({
    database: room.database,
    book: room.books[process],
    events: createEvents({ metrics, log }),
    log,
    intervalMs: 5000,
    batchSize,
    pause: (ms, signal) => {
      pauses.push(ms);
      return new Promise<void>((resolve, reject) => {
        wakers.push(resolve);
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      });
    },
  });
  return { sweeper, pauses, wake: () => wakers.shift()?.(), metrics };
}

test("gives overdue units back in bounded batches and leaves the others held", async () => {
  const [id] = (await room.addProducts([10])) as [ProductId];
  const overdue = await room.holdOverdue(id, 5);
  const held = newOrderId();
  await room.books[0].apply({ kind: "reserve", orderId: held, lines: [{ productId: id, quantity: 1 }] });
  const { sweeper, metrics } = openSweeper(0);
  expect(await sweeper.sweep()).toBe(5);
  expect(await room.stockOf(id)).toEqual({ onHand: 10, reserved: 1 });
  expect(await room.statusOf(held)).toBe("HELD");
  const first = overdue[0] as OrderId;
  expect(await room.statusOf(first)).toBe("EXPIRED");
  expect(await room.books[0].apply({ kind: "commit", orderId: first })).toEqual({
    kind: "rejected",
    reason: "EXPIRED",
  });
  expect(await metrics.registry.metrics()).toMatch(/^inventory_expired_total\{.*\} 5$/m);
});

test("goes past reservations that cannot expire, however many, and tells of them in one line", async () => {
  const [broken, sound] = (await room.addProducts([10, 10])) as [ProductId, ProductId];
  const failing = await room.holdOverdue(broken, 5);
  const others = await room.holdOverdue(sound, 3);
  // All at one moment, so that only their ids tell them apart.
  await room.database.query("UPDATE reservations SET expires_at = 'yesterday' WHERE order_id = ANY ($1::uuid[])", [
    failing,
  ]);
  await room.database.query("UPDATE products SET reserved = 0 WHERE id = $1", [broken]);
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const { sweeper } = openSweeper(0, 2, createLog({ service: "inventory-service", level: "error", destination }));
  try {
    expect(await sweeper.sweep()).toBe(3);
    for (const orderId of others) expect(await room.statusOf(orderId)).toBe("EXPIRED");
    for (const orderId of failing) expect(await room.statusOf(orderId)).toBe("HELD");
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { message: "reservations could not expire", "labels.count": 5, error: { message: expect.any(String) } },
    ]);
  } finally {
    await room.database.query("UPDATE products SET reserved = 5 WHERE id = $1", [broken]);
  }
  expect(await sweeper.sweep()).toBe(5);
});

test("commits an overdue reservation that nobody has swept yet: the state decides, not the clock", async () => {
  const [id] = (await room.addProducts([10])) as [ProductId];
  const [orderId] = (await room.holdOverdue(id, 1)) as [OrderId];
  expect(await room.books[0].apply({ kind: "commit", orderId })).toMatchObject({ kind: "changed" });
  expect(await openSweeper(0).sweeper.sweep()).toBe(0);
  expect(await room.stockOf(id)).toEqual({ onHand: 9, reserved: 0 });
});

test("two processes that sweep at once let each reservation expire once", async () => {
  const [id] = (await room.addProducts([20])) as [ProductId];
  await room.holdOverdue(id, 20);
  const sweepers = [openSweeper(0, 7).sweeper, openSweeper(1, 7).sweeper];
  const [first = 0, second = 0] = await Promise.all(sweepers.map((sweeper) => sweeper.sweep()));
  expect(first + second).toBe(20);
  expect(await room.stockOf(id)).toEqual({ onHand: 20, reserved: 0 });
});

test("sweeps when it starts and after each pause, until it is closed", async () => {
  const [id] = (await room.addProducts([10])) as [ProductId];
  const { sweeper, pauses, wake } = openSweeper(0);
  sweeper.start();
  await eventually(() => pauses.length === 1);
  await room.holdOverdue(id, 1);
  wake();
  await eventually(() => pauses.length === 2);
  expect(await room.stockOf(id)).toEqual({ onHand: 10, reserved: 0 });
  await sweeper.close();
  expect(pauses).toEqual([5000, 5000]);
});
