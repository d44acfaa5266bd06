import { eventually } from "@shop/testkit/eventually";
import type { PoolClient } from "pg";
import { asProductId, type ProductId } from "../../src/domain/ids.ts";
import { insertProducts } from "../../src/store/insert-products.ts";
import { lockProducts } from "../../src/store/lock-products.ts";
import { openStockRoom, type StockRoom } from "../_stock-room.ts";

const ids = ["a", "b", "c"].map((digit) => asProductId(`01900000-0000-7000-9000-00000000000${digit}`));

/** How a session finds rows: in the order of their ids, or in the order in which they lie on the disk. */
const byIndex = "SET enable_seqscan = off; SET enable_bitmapscan = off";
const asTheyLie = "SET enable_indexscan = off; SET enable_bitmapscan = off";

let room: StockRoom;
const sessions: PoolClient[] = [];

beforeAll(async () => {
  room = await openStockRoom();
  for (const id of ids.toReversed()) {
    const price = { minorUnits: 1999, currency: "USD" };
    await insertProducts(room.database, [{ id, sku: id, name: id, price, onHand: 1, reserved: 0 }]);
  }
});
afterAll(async () => {
  for (const session of sessions) session.release(true);
  await room.close();
});

async function openSession(settings = ""): Promise<PoolClient> {
  const session = await room.database.connect();
  sessions.push(session);
  await session.query(settings);
  await session.query("BEGIN");
  return session;
}

/**
 * Two transactions that find the rows in opposite orders, each with its first row locked while both wait for the middle
 * one, would wait for each other as soon as it is free. That they begin with the same row is the statement's doing alone.
 */
test("locks products in the order of their ids, in whatever order the database finds them", async () => {
  const [holder, upwards, downwards] = [await openSession(), await openSession(byIndex), await openSession(asTheyLie)];
  expect(await foundBy(upwards)).toEqual(ids);
  expect(await foundBy(downwards)).toEqual(ids.toReversed());

  await lockProducts(holder, ids.slice(1, 2));
  const locking = [upwards, downwards].map(async (session) => {
    await lockProducts(session, ids);
    await session.query("COMMIT");
  });
  await eventually(async () => (await room.waitingForLocks()) === 2);
  await holder.query("COMMIT");

  expect(await Promise.allSettled(locking)).toEqual([{ status: "fulfilled" }, { status: "fulfilled" }]);
});

async function foundBy(session: PoolClient): Promise<ProductId[]> {
  const { rows } = await session.query<{ id: string }>("SELECT id FROM products WHERE id = ANY ($1::uuid[])", [ids]);
  return rows.map(({ id }) => asProductId(id));
}
