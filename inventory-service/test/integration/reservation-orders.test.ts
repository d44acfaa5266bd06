import fc from "fast-check";
import type { OrderId, ProductId } from "../../src/domain/ids.ts";
import type { Command, Decision, Reservation } from "../../src/domain/reservation.ts";
import { newOrderId, openStockRoom, type StockRoom } from "../_stock-room.ts";

const ON_HAND = 5;
const legalMoves = new Set([
  "none HELD",
  "none COMMITTED",
  "none RELEASED",
  "none EXPIRED",
  "none REFUSED",
  "HELD COMMITTED",
  "HELD RELEASED",
  "HELD EXPIRED",
  "REFUSED RELEASED",
]);

let room: StockRoom;
beforeAll(async () => {
  room = await openStockRoom();
});
afterAll(() => room.close());

/** A step of one of two orders that want the same two products, in opposite orders of their lines. */
const step = fc.record({
  order: fc.nat(1),
  book: fc.nat(1),
  action: fc.constantFrom("reserve", "reserve", "reserve other lines", "commit", "release", "expire"),
});
type Step = { order: number; book: number; action: string };

test("one after the other, every order of calls keeps the books right and gives the same answer again", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 10 }), async (steps) => {
      const scene = await openScene();
      for (const next of steps) {
        const before = await scene.statuses();
        const decision = await scene.run(next);
        await scene.expectBooksRight(before);
        const again = await scene.run(next);
        expect(comparable(again)).toEqual(comparable(decision));
        expect(again.kind).not.toBe("changed");
      }
    }),
    { numRuns: 60 },
  );
});

test("all at once, through two processes, every order of calls keeps the books right", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(step, { minLength: 1, maxLength: 8 }), { maxLength: 3 }), async (rounds) => {
      const scene = await openScene();
      for (const round of rounds) {
        const before = await scene.statuses();
        const decisions = await Promise.all(round.map((next) => scene.run(next)));
        await scene.expectBooksRight(before);
        expect(contradictions(round, decisions)).toEqual([]);
      }
    }),
    { numRuns: 60 },
  );
});

async function openScene() {
  const products = await room.addProducts([ON_HAND, ON_HAND]);
  const orders = [newOrderId(), newOrderId()];
  const statuses = () => Promise.all(orders.map((id) => room.statusOf(id)));
  return {
    statuses,
    run: ({ order, book, action }: Step) =>
      (book === 0 ? room.books[0] : room.books[1]).apply(commandOf(action, orders[order] as OrderId, order, products)),
    async expectBooksRight(before: readonly (Reservation["status"] | undefined)[]) {
      const after = await statuses();
      after.forEach((status, index) => {
        if (status !== before[index]) expect(legalMoves).toContain(`${before[index] ?? "none"} ${status}`);
      });
      for (const id of products) {
        const { onHand, reserved } = await room.stockOf(id);
        const { held, sold } = await sumsOf(id);
        expect({ onHandAndSold: onHand + sold, reserved }).toEqual({ onHandAndSold: ON_HAND, reserved: held });
      }
    },
  };
}

function commandOf(action: string, orderId: OrderId, order: number, products: readonly ProductId[]): Command {
  const sorted = order === 0 ? products : products.toReversed();
  switch (action) {
    case "reserve":
      return { kind: "reserve", orderId, lines: sorted.map((productId) => ({ productId, quantity: 3 })) };
    case "reserve other lines":
      return { kind: "reserve", orderId, lines: sorted.map((productId) => ({ productId, quantity: 1 })) };
    case "commit":
    case "release":
    case "expire":
      return { kind: action, orderId };
    default:
      throw new Error(`unknown action ${action}`);
  }
}

async function sumsOf(id: ProductId): Promise<{ held: number; sold: number }> {
  const { rows } = await room.database.query<{ held: number; sold: number }>(
    `SELECT coalesce(sum((line ->> 'quantity')::integer) FILTER (WHERE status = 'HELD'), 0)::integer AS held,
            coalesce(sum((line ->> 'quantity')::integer) FILTER (WHERE status = 'COMMITTED'), 0)::integer AS sold
     FROM reservations, jsonb_array_elements(lines) AS line WHERE line ->> 'productId' = $1`,
    [id],
  );
  return rows[0] ?? { held: 0, sold: 0 };
}

/** The answer without whether it was the first. */
function comparable(decision: Decision) {
  return decision.kind === "rejected" ? decision.reason : decision.reservation;
}

/** An order cannot be sold and given back too; nor sold, given back or refused twice. */
function contradictions(round: readonly Step[], decisions: readonly Decision[]): string[] {
  return [0, 1].flatMap((order) => {
    const changes = decisions.flatMap((decision, index) =>
      round[index]?.order === order && decision.kind === "changed" ? [decision.reservation.status] : [],
    );
    const finals = changes.filter((status) => ["COMMITTED", "RELEASED", "EXPIRED"].includes(status));
    return finals.length > 1 ? [`order ${order}: ${finals.join(", ")}`] : [];
  });
}
