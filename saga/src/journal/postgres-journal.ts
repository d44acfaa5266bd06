import type { Pool } from "pg";
import { type Journal, JournalRefusedError } from "../journal.ts";
import { readBacklog } from "./backlog.ts";
import { claimDue, claimLost, claimOwn, inspectSaga, readSagas } from "./claim-sagas.ts";
import { type Batch, commitBatch } from "./commit-batch.ts";
import { createGroupCommit } from "./group-commit.ts";
import { type NewSagaRow, newSagaRow } from "./insert-sagas.ts";
import { createHeartbeat, retireOwner } from "./owners.ts";
import type { Projection } from "./projection.ts";
import { verdictOf } from "./sql-error.ts";
import { quotedTables } from "./tables.ts";
import { takeOverSaga } from "./take-over-saga.ts";
import { type SagaWriteRow, sagaWriteRow, writeKey } from "./update-sagas.ts";

/** What a Postgres journal is made of. */
export interface PostgresJournalOptions<Data, Entity> {
  /**
   * Best one of the journal's own, of four connections: two for the writers, the others for claims and reads; in a
   * shared one they queue behind the service's queries. `pipeline: true` in its configuration saves round trips; a
   * statement timeout bounds every write. The heartbeat opens a connection beside it, with the same configuration.
   */
  readonly pool: Pool;
  /** The table of the sagas, such as `order_sagas`; see `schema.sql`. */
  readonly table: string;
  /** Its column that holds the key, such as `order_id`. */
  readonly keyColumn: string;
  /** What the service writes in the same transactions; absent where it keeps nothing beside the journal. */
  readonly projection?: Projection<Data, Entity>;
}

/** D2: two writers taking turns; one alone leaves the processor waiting for the disk. */
const writers = 2;
const maxBatch = 256;
/** A batch is run again so often when it was rolled back because of others (D2). */
const maxReruns = 10;

type Item =
  | { readonly kind: "insert"; readonly row: NewSagaRow; resolve(outcome: "created" | "conflict"): void }
  | { readonly kind: "write"; readonly row: SagaWriteRow; resolve(outcome: "written" | "replaced"): void };
type PendingItem = Item & { reject(err: unknown): void };

/**
 * The journal in PostgreSQL.
 *
 * Owns: what is durable: the group commit (D2), the (epoch, seq) guard and the read-back (D3), the order of inserts
 * (D4), the database's time (D5), claims that do not collide (O1).
 * Does not own: when something is written and what (the engine), the service's tables (its `Projection`).
 *
 * Invariants: journal and projection change in one transaction or not at all; the projection sees RETURNED rows only; a
 * saga that has ended never changes; one row's fault fails that row alone.
 */
export function createPostgresJournal<Data, Entity>(
  options: PostgresJournalOptions<Data, Entity>,
): Journal<Data, Entity> {
  const { pool } = options;
  const tables = quotedTables(options.table, options.keyColumn);
  // The functions below carry the journal's own types without looking into them.
  const projection = options.projection as Projection<unknown, unknown> | undefined;
  const heartbeat = createHeartbeat(pool, tables);
  const commits = createGroupCommit<PendingItem>({ flush, writers, maxBatch });

  async function flush(items: readonly PendingItem[], reruns = 0): Promise<void> {
    try {
      const { created, written } = await commitBatch({ pool, tables, projection }, batchOf(items));
      for (const item of items) {
        if (item.kind === "insert") item.resolve(created.has(item.row.intent.sagaId) ? "created" : "conflict");
        else item.resolve(written.has(writeKey(item.row.write)) ? "written" : "replaced");
      }
    } catch (err) {
      await recover(items, err, reruns);
    }
  }

  /** D2, D3: what to do with a batch that was not committed, or perhaps was. */
  async function recover(items: readonly PendingItem[], err: unknown, reruns: number): Promise<void> {
    const verdict = verdictOf(err);
    if (verdict === "again" && reruns < maxReruns) return flush(items, reruns + 1);
    if (verdict === "refused" && items.length > 1) return oneByOne(items);
    const reason = verdict === "refused" ? new JournalRefusedError(String(err), { cause: err }) : err;
    for (const item of items) item.reject(reason);
  }

  /**
   * D3: so that one row's fault fails that row alone. Where the database cannot be reached any more, every further row would
   * wait in vain for as long as the first: none of them is tried.
   */
  async function oneByOne(items: readonly PendingItem[]): Promise<void> {
    let lost: unknown;
    for (const item of items) {
      if (lost !== undefined) item.reject(lost);
      else {
        await flush([
          {
            ...item,
            reject: (err) => {
              if (!(err instanceof JournalRefusedError)) lost = err;
              item.reject(err);
            },
          },
        ]);
      }
    }
  }

  return {
    insert: (intent, owner, definition) =>
      new Promise((resolve, reject) => {
        commits.add({ kind: "insert", row: newSagaRow(intent, owner, definition), resolve, reject });
      }),
    write: (write) =>
      new Promise((resolve, reject) => {
        commits.add({ kind: "write", row: sagaWriteRow(write), resolve, reject });
      }),
    claimDue: (claim) => claimDue(pool, tables, claim),
    claimLost: (claim, staleMs, gapMs) => claimLost(pool, tables, claim, staleMs, gapMs),
    claimOwn: (claim, held, olderThanMs) => claimOwn(pool, tables, claim, held, olderThanMs),
    inspect: (sagaId) => inspectSaga(pool, tables, sagaId),
    takeOver: (change) => takeOverSaga(pool, tables, change),
    read: (sagaIds) => readSagas(pool, tables, sagaIds),
    wake: async (names) => {
      await pool.query(
        `UPDATE ${tables.sagas} SET due_at = now() WHERE due_at > now() AND current_step = ANY($1::text[])`,
        [names],
      );
    },
    backlog: (definitions) => readBacklog(pool, tables, definitions),
    beat: (owner, gapMs) => heartbeat.beat(owner, gapMs),
    retire: (owner) => retireOwner(pool, tables, owner),
    close: async () => {
      await commits.idle();
      await heartbeat.close();
    },
  };
}

/** D2: rows sorted by id, so that batches take their locks in one order. */
function batchOf(items: readonly PendingItem[]): Batch {
  const inserts = items.filter((item) => item.kind === "insert").map((item) => item.row);
  const writes = items.filter((item) => item.kind === "write").map((item) => item.row);
  return {
    inserts: inserts.sort((a, b) => compare(a.intent.sagaId, b.intent.sagaId)),
    writes: writes.sort((a, b) => compare(a.write.saga.id, b.write.saga.id)),
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
