import type { Pool } from "pg";
import type { DeadLetterStatus } from "../decision/dead-letter.ts";
import type { Moment } from "./list-sagas.ts";
import type { DeadLetterFilter, DeadLetterRecord, PageRange } from "./records.ts";
import type { Tables } from "./tables.ts";

const allStatuses: readonly DeadLetterStatus[] = ["Open", "Kept", "WorkedOff"];

/** Dead letters, oldest first: of one saga, or out of the lists that the index has of each status. */
export async function listDeadLetters(
  pool: Pool,
  tables: Tables,
  { statuses = [], step, sagaId }: DeadLetterFilter,
  { limit, after }: PageRange,
): Promise<readonly DeadLetterRecord[]> {
  const wanted = statuses.length > 0 ? [...new Set(statuses)] : allStatuses;
  const values = [wanted, limit, after?.[0] ?? null, step ?? null];
  const narrowed = "($3::bigint IS NULL OR id > $3) AND ($4::text IS NULL OR step = $4)";
  const found =
    sagaId === undefined
      ? `unnest($1::text[]) AS wanted(status) CROSS JOIN LATERAL (SELECT * FROM ${tables.deadLetters}
          WHERE status = wanted.status AND ${narrowed} ORDER BY id LIMIT $2) AS letter`
      : `(SELECT * FROM ${tables.deadLetters}
          WHERE saga_id = $5 AND status = ANY($1::text[]) AND ${narrowed}) AS letter`;
  const { rows } = await pool.query<DeadLetterRow>(
    `${select(tables, found)} ORDER BY letter.id LIMIT $2`,
    sagaId === undefined ? values : [...values, sagaId],
  );
  return rows.map(recordFrom);
}

/** The dead letter with this id. */
export async function findDeadLetter(pool: Pool, tables: Tables, id: string): Promise<DeadLetterRecord | undefined> {
  const { rows } = await pool.query<DeadLetterRow>(
    `${select(tables, `${tables.deadLetters} AS letter`)} WHERE letter.id = $1`,
    [id],
  );
  return rows[0] && recordFrom(rows[0]);
}

/** The dead letter of this saga and step. */
export async function findDeadLetterOf(
  pool: Pool,
  tables: Tables,
  sagaId: string,
  step: string,
): Promise<DeadLetterRecord | undefined> {
  const { rows } = await pool.query<DeadLetterRow>(
    `${select(tables, `${tables.deadLetters} AS letter`)} WHERE letter.saga_id = $1 AND letter.step = $2`,
    [sagaId, step],
  );
  return rows[0] && recordFrom(rows[0]);
}

/** `letters` is a table expression that is called `letter`. */
function select(tables: Tables, letters: string): string {
  return `SELECT letter.id, letter.saga_id, saga.${tables.key} AS key, letter.step, letter.status, letter.reason,
      letter.attempts, letter.last_error, letter.request, letter.created_at, letter.updated_at
    FROM ${letters} JOIN ${tables.sagas} AS saga ON saga.id = letter.saga_id`;
}

interface DeadLetterRow {
  readonly id: string;
  readonly saga_id: string;
  readonly key: string;
  readonly step: string;
  readonly status: DeadLetterStatus;
  readonly reason: string;
  readonly attempts: number;
  readonly last_error: string;
  readonly request: Readonly<Record<string, unknown>>;
  readonly created_at: Moment;
  readonly updated_at: Moment;
}

function recordFrom(row: DeadLetterRow): DeadLetterRecord {
  return {
    id: row.id,
    sagaId: row.saga_id,
    key: row.key,
    step: row.step,
    status: row.status,
    reason: row.reason,
    attempts: row.attempts,
    lastError: row.last_error,
    request: row.request,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
    keys: [row.id],
  };
}
