import type { ShortageRule } from "../domain/availability.ts";
import { answerCheck, type Check, type CheckAnswer } from "../domain/check.ts";
import type { Database } from "./database.ts";
import { readProducts } from "./read-products.ts";
import { readReservations } from "./read-reservations.ts";

/**
 * Answers the checks, in their order, and changes nothing. The stock is read before the reservations: units that are
 * missing because this very order holds them are then explained by its reservation.
 */
export async function answerChecks(
  database: Database,
  checks: readonly Check[],
  isForcedShortage: ShortageRule,
): Promise<readonly CheckAnswer[]> {
  const productIds = new Set(checks.flatMap(({ lines }) => lines.map(({ productId }) => productId)));
  const stock = await readProducts(database, [...productIds]);
  const reservations = await readReservations(
    database,
    checks.map(({ orderId }) => orderId),
  );
  return checks.map((check) =>
    answerCheck(check, reservations.get(check.orderId), stock, isForcedShortage(check.orderId)),
  );
}
