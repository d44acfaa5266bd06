import type { Pool } from "pg";
import { certainFailure, type Turn } from "../decision/saga-state.ts";
import { type HistoryEntry, isFinal, type SagaStatus } from "../state.ts";
import type { ListedSaga, PageRange, SagaFilter } from "./records.ts";
import type { Tables } from "./tables.ts";

/**
 * Sagas in the order of their ids, which is that of their beginning where the ids are version 7: an index by time would cost
 * every saga two writes more. Each status is a list of its own, written out, so that the planner takes for each the index that
 * holds few others: one for those that were parked, one for those that ended undone, the primary key for those that are done.
 */
export async function listSagas(
  pool: Pool,
  tables: Tables,
  { statuses = [], currentStep, error, olderThanMs }: SagaFilter,
  { limit, after }: PageRange,
): Promise<readonly ListedSaga[]> {
  const wanted = [...new Set(statuses)];
  const narrowed = `($2::uuid IS NULL OR id > $2) AND ($3::text IS NULL OR current_step = $3)
    AND ($4::float8 IS NULL OR created_at <= now() - $4 * interval '1 millisecond')
    AND ($5::text IS NULL OR ${tells("$5")})`;
  const listOf = (where: string) => `(SELECT id, ${tables.key} AS key, status, current_step, history,
      progress -> 'turn' AS turn, created_at, completed_at
    FROM ${tables.sagas} WHERE ${where} AND ${narrowed} ORDER BY id LIMIT $1)`;
  const lists = wanted.map((status, index) =>
    listOf(`status = $${index + 6}${isFinal(status) ? "" : ` AND ${isOpen}`}`),
  );
  const { rows } = await pool.query<ListedRow>(
    `SELECT * FROM (${lists.length > 0 ? lists.join(" UNION ALL ") : listOf("true")}) AS listed ORDER BY id LIMIT $1`,
    [
      limit,
      after?.[0] ?? null,
      currentStep ?? null,
      olderThanMs ?? null,
      error === undefined ? null : containing(error),
      ...wanted,
    ],
  );
  return rows.map(listedFrom);
}

/** Always so before the end; both have an index. */
const isOpen = "(owner IS NOT NULL OR due_at IS NOT NULL)";

/** True where the failure's code, once it is certain, or a message of the history is like the pattern. */
function tells(pattern: string): string {
  return `((progress #>> '{turn,verdict}' = 'confirmed' AND progress #>> '{turn,failure,code}' ILIKE ${pattern})
    OR EXISTS (SELECT FROM jsonb_array_elements(history) AS entry WHERE entry ->> 'message' ILIKE ${pattern}))`;
}

/** A pattern for what contains this text as it stands. */
function containing(text: string): string {
  return `%${text.replaceAll(/[\\%_]/g, "\\$&")}%`;
}

interface ListedRow {
  readonly id: string;
  readonly key: string;
  readonly status: SagaStatus;
  readonly current_step: string;
  readonly history: readonly HistoryEntry[];
  readonly turn: Turn | null;
  readonly created_at: Moment;
  readonly completed_at: Moment | null;
}

/** A time as the driver gives it. */
export interface Moment {
  toISOString(): string;
}

function listedFrom(row: ListedRow): ListedSaga {
  return {
    id: row.id,
    key: row.key,
    status: row.status,
    currentStep: row.current_step,
    history: row.history,
    failure: certainFailure(row.turn ?? undefined),
    startedAt: row.created_at.toISOString(),
    completedAt: row.completed_at?.toISOString(),
    keys: [row.id],
  };
}
