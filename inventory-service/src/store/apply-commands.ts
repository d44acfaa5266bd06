import { inTransaction } from "@shop/platform/postgres";
import type { ShortageRule } from "../domain/availability.ts";
import { decideBatch, productsOf } from "../domain/batch.ts";
import type { Command, Decision } from "../domain/reservation.ts";
import type { Database } from "./database.ts";
import { lockOrders } from "./lock-orders.ts";
import { lockProducts } from "./lock-products.ts";
import { readReservations } from "./read-reservations.ts";
import { writeBatch } from "./write-batch.ts";

/** What holds for every reservation. */
export interface ReservationRules {
  /** How long a reservation is held before it may expire, in milliseconds. */
  readonly ttlMs: number;
  readonly isForcedShortage: ShortageRule;
}

/**
 * Carries the commands out in one transaction: locks the orders first, then the products in the order of their ids, decides in
 * memory and writes once. Gives one decision for each command, in their order.
 */
export async function applyCommands(
  database: Database,
  commands: readonly Command[],
  { ttlMs, isForcedShortage }: ReservationRules,
): Promise<readonly Decision[]> {
  return await inTransaction(database, async (tx) => {
    const orderIds = [...new Set(commands.map(({ orderId }) => orderId))];
    const now = await lockOrders(tx, orderIds);
    const reservations = await readReservations(tx, orderIds);
    const stock = await lockProducts(tx, productsOf(commands, reservations));
    const expiresAt = new Date(now.getTime() + ttlMs);
    const batch = decideBatch({ reservations, stock }, commands, { expiresAt, isForcedShortage });
    if (batch.reservations.length > 0) await writeBatch(tx, batch);
    return batch.decisions;
  });
}
