import type { Queryable } from "@shop/platform/postgres";
import type { BatchDecision } from "../domain/batch.ts";
import type { Reservation } from "../domain/reservation.ts";
import { RowFault } from "./row-fault.ts";

/**
 * Writes what a batch changes in one statement: the stock's moves, new reservations, and the new status of known ones,
 * whose lines stay as they were written first. A reservation that would turn back is not written, and that fails the batch.
 */
export async function writeBatch(
  tx: Queryable,
  { reservations, moves }: Pick<BatchDecision, "reservations" | "moves">,
): Promise<void> {
  const { rows } = await tx.query<{ moved: number; written: number }>({
    name: "write-batch",
    text: `
      WITH moved AS (
        UPDATE products
        SET on_hand = products.on_hand + move.on_hand, reserved = products.reserved + move.reserved, updated_at = now()
        FROM unnest($1::uuid[], $2::integer[], $3::integer[]) AS move (id, on_hand, reserved)
        WHERE products.id = move.id
        RETURNING 1
      ), written AS (
        INSERT INTO reservations AS known
          (order_id, status, requested, lines, refusal_code, refusal_message, expires_at)
        SELECT order_id, status, requested::jsonb, lines::jsonb, refusal_code, refusal_message, expires_at
        FROM unnest($4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::timestamptz[])
          AS next (order_id, status, requested, lines, refusal_code, refusal_message, expires_at)
        ON CONFLICT (order_id) DO UPDATE SET status = excluded.status, updated_at = now()
        WHERE (known.status, excluded.status) IN
          (('HELD', 'COMMITTED'), ('HELD', 'RELEASED'), ('HELD', 'EXPIRED'), ('REFUSED', 'RELEASED'))
        RETURNING 1
      )
      SELECT (SELECT count(*) FROM moved)::integer AS moved, (SELECT count(*) FROM written)::integer AS written`,
    values: [
      moves.map(({ productId }) => productId),
      moves.map(({ onHand }) => onHand),
      moves.map(({ reserved }) => reserved),
      reservations.map(({ orderId }) => orderId),
      reservations.map(({ status }) => status),
      reservations.map((reservation) => JSON.stringify(requestedOf(reservation))),
      reservations.map((reservation) => JSON.stringify(linesOf(reservation))),
      reservations.map((reservation) => refusalOf(reservation)?.code ?? null),
      reservations.map((reservation) => refusalOf(reservation)?.message ?? null),
      reservations.map((reservation) => ("expiresAt" in reservation ? reservation.expiresAt : null)),
    ],
  });
  const { moved, written } = rows[0] ?? { moved: 0, written: 0 };
  if (moved !== moves.length || written !== reservations.length) {
    throw new RowFault(
      `wrote ${written} of ${reservations.length} reservations and moved ${moved} of ${moves.length} products`,
    );
  }
}

function requestedOf(reservation: Reservation) {
  return "requested" in reservation ? reservation.requested : [];
}

function linesOf(reservation: Reservation) {
  return "lines" in reservation ? reservation.lines : [];
}

function refusalOf(reservation: Reservation) {
  return reservation.status === "REFUSED" ? reservation.refusal : undefined;
}
