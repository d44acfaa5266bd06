import { asProductId, type ProductId } from "../../src/domain/ids.ts";
import type { Command, Decision } from "../../src/domain/reservation.ts";
import { newOrderId, openStockRoom, type StockRoom } from "../_stock-room.ts";

let room: StockRoom;
beforeAll(async () => {
  room = await openStockRoom();
});
afterAll(() => room.close());

function reserve(lines: readonly (readonly [ProductId, number])[], orderId = newOrderId()): Command {
  return { kind: "reserve", orderId, lines: lines.map(([productId, quantity]) => ({ productId, quantity })) };
}

function applyAll(commands: readonly Command[]): Promise<Decision[]> {
  return Promise.all(commands.map((command, index) => room.books[index % 2 === 0 ? 0 : 1].apply(command)));
}

function statusesOf(decisions: readonly Decision[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const decision of decisions) {
    const name = decision.kind === "rejected" ? decision.reason : decision.reservation.status;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

test("of 500 buyers of one unit each exactly 100 get the 100 units there are", async () => {
  const [id] = (await room.addProducts([100])) as [ProductId];
  const orders = Array.from({ length: 500 }, () => reserve([[id, 1]]));
  expect(statusesOf(await applyAll(orders))).toEqual({ HELD: 100, REFUSED: 400 });
  expect(await room.stockOf(id)).toEqual({ onHand: 100, reserved: 100 });
  const commits = orders.map(({ orderId }): Command => ({ kind: "commit", orderId }));
  expect(statusesOf(await applyAll(commits))).toEqual({ COMMITTED: 100, NOT_RESERVED: 400 });
  expect(await room.stockOf(id)).toEqual({ onHand: 0, reserved: 0 });
});

test("orders of the same products in every order of lines never wait for each other in a circle", async () => {
  const ids = await room.addProducts(Array.from({ length: 6 }, () => 1000));
  const orders = Array.from({ length: 400 }, (_, index) => {
    const rotated = [...ids.slice(index % 6), ...ids.slice(0, index % 6)];
    return reserve((index % 2 === 0 ? rotated : rotated.toReversed()).map((id) => [id, 1]));
  });
  const reserves = applyAll(orders);
  const releases = applyAll(
    orders.filter((_, index) => index % 3 === 0).map(({ orderId }) => ({ kind: "release", orderId })),
  );
  const [held] = await Promise.all([reserves, releases]);
  const { HELD = 0, UNDONE = 0 } = statusesOf(held);
  expect(HELD + UNDONE).toBe(400);
  await applyAll(orders.map(({ orderId }) => ({ kind: "release", orderId })));
  for (const id of ids) expect(await room.stockOf(id)).toEqual({ onHand: 1000, reserved: 0 });
  expect(await deadlocks()).toBe(0);
});

test("a request that the database refuses does not fail those that are gathered with it", async () => {
  const [id] = (await room.addProducts([10])) as [ProductId];
  const good = Array.from({ length: 5 }, () => reserve([[id, 1]]));
  const bad = reserve([[asProductId("no UUID"), 1]]);
  const results = await Promise.allSettled([...good, bad].map((command) => room.books[0].apply(command)));
  expect(results.map(({ status }) => status)).toEqual([...good.map(() => "fulfilled"), "rejected"]);
  expect(await room.stockOf(id)).toEqual({ onHand: 10, reserved: 5 });
});

test("a batch that loses a deadlock is carried out again", async () => {
  const [id] = (await room.addProducts([10])) as [ProductId];
  await room.database.query(`
    CREATE SEQUENCE losses;
    CREATE FUNCTION lose_twice() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF nextval('losses') <= 2 THEN RAISE EXCEPTION 'deadlock detected' USING ERRCODE = '40P01'; END IF;
      RETURN NEW;
    END $$;
    CREATE TRIGGER lose_twice BEFORE INSERT ON reservations FOR EACH ROW EXECUTE FUNCTION lose_twice();`);
  try {
    expect(statusesOf(await applyAll([reserve([[id, 4]])]))).toEqual({ HELD: 1 });
  } finally {
    await room.database.query("DROP TRIGGER lose_twice ON reservations");
  }
  expect(await room.stockOf(id)).toEqual({ onHand: 10, reserved: 4 });
});

test("the database itself refuses stock below zero and more reserved than on hand", async () => {
  const [id] = (await room.addProducts([3])) as [ProductId];
  const broken = ["on_hand = -1", "reserved = -1", "reserved = 4"];
  for (const change of broken) {
    await expect(room.database.query(`UPDATE products SET ${change} WHERE id = $1`, [id])).rejects.toMatchObject({
      code: "23514",
    });
  }
});

test("a check answers from the stock, and from the reservation where there is one", async () => {
  const [id] = (await room.addProducts([2])) as [ProductId];
  const [book] = room.books;
  const orderId = newOrderId();
  const lines = [{ productId: id, quantity: 2 }];
  const check = (asked = lines) => book.check({ orderId, lines: asked });
  expect(await check()).toEqual({ kind: "available" });
  await book.apply({ kind: "reserve", orderId, lines });
  expect(await check()).toEqual({ kind: "available" });
  expect(await book.check({ orderId: newOrderId(), lines })).toMatchObject({
    kind: "refused",
    refusal: { code: "OUT_OF_STOCK" },
    isRepeated: false,
  });
  expect(await check([{ productId: id, quantity: 1 }])).toEqual({ kind: "rejected", reason: "OTHER_LINES" });
  await book.apply({ kind: "release", orderId });
  expect(await check()).toEqual({ kind: "rejected", reason: "UNDONE" });
});

test("a recorded refusal is repeated although the stock has come", async () => {
  const [id] = (await room.addProducts([1])) as [ProductId];
  const [book] = room.books;
  const command = reserve([[id, 2]]);
  const refused = await book.apply(command);
  await room.database.query("UPDATE products SET on_hand = 50 WHERE id = $1", [id]);
  const again = await book.apply(command);
  expect(again).toEqual({ ...refused, kind: "unchanged", moves: undefined });
  expect(await book.check({ orderId: command.orderId, lines: [{ productId: id, quantity: 2 }] })).toMatchObject({
    kind: "refused",
    isRepeated: true,
  });
});

async function deadlocks(): Promise<number> {
  const { rows } = await room.database.query<{ deadlocks: number }>(
    "SELECT deadlocks::integer FROM pg_stat_database WHERE datname = current_database()",
  );
  return rows[0]?.deadlocks ?? Number.NaN;
}
