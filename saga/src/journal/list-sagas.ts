import type { Pool } from "pg";
import { certainFailure, type Turn } from "../decision/saga-state.ts";
import type { HistoryEntry, SagaStatus } from "../state.ts";
import type { ListedSaga, PageRange, SagaFilter } from "./records.ts";
import type { Tables } from "./tables.ts";

const allStatuses: readonly SagaStatus[] = [
  "Started",
  "InProgress",
  "Completed",
  "Failed",
  "Compensating",
  "Compensated",
  "Parked",
];

/**
 * Sagas, oldest first. Each status is a list of its own in the index, in order; a page is made of the heads of those lists,
 * whose rows are read only when they are in it.
 */
export async function listSagas(
  pool: Pool,
  tables: Tables,
  { statuses = [], currentStep, error, olderThanMs }: SagaFilter,
  { limit, after }: PageRange,
): Promise<readonly ListedSaga[]> {
  const [afterMicroseconds, afterId] = after ?? [];
  const { rows } = await pool.query<ListedRow>(
    `SELECT saga.id, saga.${tables.key} AS key, saga.status, saga.current_step, saga.history, saga.progress -> 'turn' AS turn,
        saga.created_at, saga.completed_at, (extract(epoch FROM saga.created_at) * 1000000)::bigint AS microseconds
      FROM unnest($1::text[]) AS wanted(status)
      CROSS JOIN LATERAL (
        SELECT id, created_at FROM ${tables.sagas} AS one
        WHERE one.status = wanted.status
          AND ($3::bigint IS NULL
            OR (one.created_at, one.id) > (timestamptz 'epoch' + $3 * interval '1 microsecond', $4::uuid))
          AND ($5::text IS NULL OR one.current_step = $5)
          AND ($6::float8 IS NULL OR one.created_at <= now() - $6 * interval '1 millisecond')
          AND ($7::text IS NULL OR ${tells("one", "$7")})
        ORDER BY one.created_at, one.id LIMIT $2
      ) AS found
      JOIN ${tables.sagas} AS saga ON saga.id = found.id
      ORDER BY found.created_at, found.id LIMIT $2`,
    [
      statuses.length > 0 ? [...new Set(statuses)] : allStatuses,
      limit,
      afterMicroseconds ?? null,
      afterId ?? null,
      currentStep ?? null,
      olderThanMs ?? null,
      error === undefined ? null : containing(error),
    ],
  );
  return rows.map(listedFrom);
}

/** True where the failure's code, once it is certain, or a message of the history is like the pattern. */
function tells(alias: string, pattern: string): string {
  return `((${alias}.progress #>> '{turn,verdict}' = 'confirmed' AND ${alias}.progress #>> '{turn,failure,code}' ILIKE ${pattern})
    OR EXISTS (SELECT FROM jsonb_array_elements(${alias}.history) AS entry WHERE entry ->> 'message' ILIKE ${pattern}))`;
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
  readonly microseconds: string;
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
    keys: [row.microseconds, row.id],
  };
}
