import type { ClientBase, Pool } from "pg";
import type { TakeOver } from "../journal.ts";
import { giveBack, takeConnection } from "./connection.ts";
import { writeDeadLetters } from "./dead-letters.ts";
import { jsonTextOf } from "./json-text.ts";
import type { Tables } from "./tables.ts";

/** Commits an operator's decision where the saga still stands as it was seen, and takes it from its owner (O5, D3). */
export async function takeOverSaga<Data>(pool: Pool, tables: Tables, change: TakeOver<Data>): Promise<boolean> {
  const tx = await takeConnection(pool);
  let isBroken = true;
  try {
    await tx.query("BEGIN");
    const isTaken = await take(tx, tables, change);
    const letters = change.deadLetters.map((letter) => ({ ...letter, sagaId: change.saga.id }));
    if (isTaken) await writeDeadLetters(tx, tables, letters);
    await tx.query("COMMIT");
    isBroken = false;
    return isTaken;
  } finally {
    // A connection that is thrown away takes its transaction with it.
    giveBack(tx, isBroken);
  }
}

async function take<Data>(tx: ClientBase, tables: Tables, change: TakeOver<Data>): Promise<boolean> {
  const { saga, progress, epoch, seq, parkedForMs } = change;
  const { rowCount } = await tx.query(
    `UPDATE ${tables.sagas} SET status = $4, history = $5, progress = $6,
        parked_at = now() - $7 * interval '1 millisecond',
        epoch = epoch + 1, clean = clean AND owner IS NULL, owner = NULL, due_at = now()
      WHERE id = $1 AND epoch = $2 AND seq = $3 AND completed_at IS NULL`,
    [
      saga.id,
      epoch,
      seq,
      saga.status,
      jsonTextOf("the saga's history", saga.history),
      jsonTextOf("the saga's progress", progress),
      parkedForMs ?? null,
    ],
  );
  return rowCount === 1;
}
