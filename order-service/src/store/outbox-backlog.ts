import type { Queryable } from "@shop/platform/postgres";

/** What waits in the outbox to be sent. */
export interface OutboxBacklog {
  /** Events not yet sent and not given up; counted to {@link countedAtMost}. */
  readonly unsent: number;
  /** How old the oldest of them is; 0 where there is none. */
  readonly oldestSeconds: number;
}

/** More are not counted: the question has to stay cheap when the most is waiting. */
export const countedAtMost = 100_000;

/** Reads what waits, from the two queues' own indexes. */
export async function outboxBacklog(db: Queryable): Promise<OutboxBacklog> {
  const { rows } = await db.query<{ unsent: number; oldest: number | null }>(
    `WITH fresh AS (SELECT FROM outbox WHERE ${unsent} AND attempts = 0 LIMIT $1),
          tried AS (SELECT occurred_at FROM outbox WHERE ${unsent} AND attempts > 0 LIMIT $1)
     SELECT ((SELECT count(*) FROM fresh) + (SELECT count(*) FROM tried))::int AS unsent,
            extract(epoch FROM now() - least(
              (SELECT occurred_at FROM outbox WHERE ${unsent} AND attempts = 0 ORDER BY event_id LIMIT 1),
              (SELECT min(occurred_at) FROM tried)))::float8 AS oldest`,
    [countedAtMost],
  );
  return { unsent: Math.min(rows[0]?.unsent ?? 0, countedAtMost), oldestSeconds: rows[0]?.oldest ?? 0 };
}

const unsent = "sent_at IS NULL AND poisoned_at IS NULL";
