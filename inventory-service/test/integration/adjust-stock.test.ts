import { randomUUID } from "node:crypto";
import type { Adjustment } from "../../src/domain/adjustment.ts";
import { asProductId, type ProductId } from "../../src/domain/ids.ts";
import { adjustStock } from "../../src/store/adjust-stock.ts";
import { newOrderId, openStockRoom, type StockRoom } from "../_stock-room.ts";

let room: StockRoom;
beforeAll(async () => {
  room = await openStockRoom();
});
afterAll(() => room.close());

function adjustment(productId: ProductId, delta: number, id: string = randomUUID()): Adjustment {
  return { id, productId, delta, reason: "stocktaking", userId: randomUUID() };
}

test("the same adjustment at once and again changes the shelf once and gives the same answer", async () => {
  const [id] = (await room.addProducts([10])) as [ProductId];
  const five = adjustment(id, 5);
  const answers = await Promise.all(Array.from({ length: 8 }, () => adjustStock(room.database, five)));
  expect(answers.filter((answer) => answer.kind === "adjusted" && !answer.isRepeated)).toHaveLength(1);
  await adjustStock(room.database, adjustment(id, 100));
  const again = await adjustStock(room.database, five);
  expect(again).toMatchObject({ kind: "adjusted", isRepeated: true, product: { onHand: 15, reserved: 0 } });
  expect(await room.stockOf(id)).toEqual({ onHand: 115, reserved: 0 });
});

test("never takes away what is held", async () => {
  const [id] = (await room.addProducts([10])) as [ProductId];
  await room.books[0].apply({ kind: "reserve", orderId: newOrderId(), lines: [{ productId: id, quantity: 7 }] });
  const four = adjustment(id, -4);
  expect(await adjustStock(room.database, four)).toEqual({ kind: "rejected", reason: "INSUFFICIENT_STOCK" });
  expect(await adjustStock(room.database, adjustment(id, -3))).toMatchObject({ product: { onHand: 7, reserved: 7 } });
  await adjustStock(room.database, adjustment(id, 1));
  expect(await adjustStock(room.database, four)).toEqual({ kind: "rejected", reason: "INSUFFICIENT_STOCK" });
});

test("refuses an unknown product, an overfull shelf and an id that stands for another adjustment", async () => {
  const [id, other] = (await room.addProducts([1_000_000_000, 10])) as [ProductId, ProductId];
  expect(await adjustStock(room.database, adjustment(asProductId(randomUUID()), 1))).toMatchObject({
    reason: "UNKNOWN_PRODUCT",
  });
  expect(await adjustStock(room.database, adjustment(id, 1))).toMatchObject({ reason: "SHELF_FULL" });
  const one = adjustment(other, 1);
  await adjustStock(room.database, one);
  const otherDelta = await adjustStock(room.database, { ...one, delta: 2 });
  const otherProduct = await adjustStock(room.database, { ...one, productId: id });
  expect([otherDelta, otherProduct]).toEqual([
    { kind: "rejected", reason: "OTHER_ADJUSTMENT" },
    { kind: "rejected", reason: "OTHER_ADJUSTMENT" },
  ]);
});

test("one id for two products at once adjusts one of them", async () => {
  const ids = await room.addProducts([10, 10]);
  const id = randomUUID();
  const answers = await Promise.all(ids.map((productId) => adjustStock(room.database, adjustment(productId, 1, id))));
  expect(answers.map(({ kind }) => kind).toSorted()).toEqual(["adjusted", "rejected"]);
  const stocks = await Promise.all(ids.map((productId) => room.stockOf(productId)));
  expect(stocks.map(({ onHand }) => onHand).toSorted()).toEqual([10, 11]);
});

test("adjustments and reservations of one product at once add up", async () => {
  const [id] = (await room.addProducts([100])) as [ProductId];
  await Promise.all([
    ...Array.from({ length: 20 }, () => adjustStock(room.database, adjustment(id, -1))),
    ...Array.from({ length: 40 }, () =>
      room.books[1].apply({ kind: "reserve", orderId: newOrderId(), lines: [{ productId: id, quantity: 1 }] }),
    ),
  ]);
  expect(await room.stockOf(id)).toEqual({ onHand: 80, reserved: 40 });
});
