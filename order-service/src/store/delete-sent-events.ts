import type { Queryable } from "@shop/platform/postgres";

/**
 * Deletes events that were sent longer ago, the oldest first, `limit` at most; answers how many. An event's id tells its
 * time, so that only old rows are looked at. What is unsent or given up stays, however old.
 */
export async function deleteSentEvents(
  db: Queryable,
  { olderThanMs, limit }: { readonly olderThanMs: number; readonly limit: number },
): Promise<number> {
  const { rowCount } = await db.query(
    `DELETE FROM outbox USING (
       SELECT event_id FROM outbox
        WHERE event_id < (SELECT uuidv7(-$1::float8 * interval '1 millisecond'))
          AND sent_at < now() - $1::float8 * interval '1 millisecond'
        ORDER BY event_id LIMIT $2
        FOR UPDATE SKIP LOCKED) AS old
      WHERE outbox.event_id = old.event_id`,
    [olderThanMs, limit],
  );
  return rowCount ?? 0;
}
