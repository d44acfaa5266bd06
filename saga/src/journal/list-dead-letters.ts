import type { Pool } from "pg";
import type { DeadLetterStatus } from "../decision/dead-letter.ts";
import type { Moment } from "./list-sagas.ts";
import type { DeadLetterFilter, DeadLetterRecord, PageRange } from "./records.ts";
import type { Tables } from "./tables.ts";

const allStatuses: readonly DeadLetterStatus[] = ["Open", "Kept", "WorkedOff"];

/**
 * Dead letters, oldest first: of one saga, or out of the lists that the index has of each status. These are written out one
 * by one: of a status that it is told by another table the planner expects a third of all letters, and then it looks for the
 * few that are open by reading all that are not.
 */
export async function listDeadLetters(
  pool: Pool,
  tables: Tables,
  { statuses = [], step, sagaId }: DeadLetterFilter,
  { limit, after }: PageRange,
): Promise<readonly DeadLetterRecord[]> {
  const wanted = statuses.length > 0 ? [...new Set(statuses)] : allStatuses;
  const narrowed = "($2::bigint IS NULL OR id > $2) AND ($3::text IS NULL OR step = $3)";
  const listOf = (where: string) =>
    `(SELECT * FROM ${tables.deadLetters} WHERE ${where} AND ${narrowed} ORDER BY id LIMIT $1)`;
  const found =
    sagaId === undefined
      ? wanted.map((_, index) => listOf(`status = $${index + 4}`)).join(" UNION ALL ")
      : listOf("saga_id = $4 AND status = ANY($5::text[])");
  const { rows } = await pool.query<DeadLetterRow>(
    `${select(tables, `(${found}) AS letter`)} ORDER BY letter.id LIMIT $1`,
    [limit, after?.[0] ?? null, step ?? null, ...(sagaId === undefined ? wanted : [sagaId, wanted])],
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
