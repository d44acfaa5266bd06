import type { Queryable } from "@shop/platform/postgres";
import type { Events } from "../events.ts";
import { deleteExpiredFamilies } from "../store/refresh-tokens.ts";

const batchSize = 1_000;

/** Deletes logins whose refresh tokens have expired, now and then every `everyMs`, in batches, until it is closed. */
export function createExpiredLoginsJob(
  db: Queryable,
  events: Events,
  everyMs: number,
): { start(): void; close(): Promise<void> } {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  const run = () => {
    running = deleteAll(db, events, () => timer === undefined).catch((err: unknown) =>
      events.expiredLoginsNotDeleted(err),
    );
  };
  return {
    start() {
      timer = setInterval(run, everyMs).unref();
      run();
    },
    async close() {
      clearInterval(timer);
      timer = undefined;
      await running;
    },
  };
}

async function deleteAll(db: Queryable, events: Events, isClosed: () => boolean): Promise<void> {
  let deleted = 0;
  let batch: number;
  do {
    batch = await deleteExpiredFamilies(db, batchSize);
    deleted += batch;
  } while (batch === batchSize && !isClosed());
  if (deleted > 0) events.expiredLoginsDeleted(deleted);
}
