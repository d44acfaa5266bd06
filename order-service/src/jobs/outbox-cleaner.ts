import { type Clock, systemClock } from "@shop/saga";
import type { Database } from "../store/database.ts";
import { deleteSentEvents } from "../store/delete-sent-events.ts";
import type { RelayEvents } from "./relay-events.ts";

/** Deletes events that were sent long ago. */
export interface OutboxCleaner {
  /** Begins to clean, every few minutes from now on. */
  start(): void;
  /** Deletes all that is old enough, in small transactions. */
  clean(): Promise<void>;
  /** Ends after the transaction under way. */
  close(): Promise<void>;
}

const intervalMs = 600_000;
const batchSize = 500;

/** Creates the cleaner. Several processes may clean at once: none waits for another. */
export function createOutboxCleaner(options: {
  readonly pool: Database;
  /** Sent events younger than this are kept. */
  readonly keepMs: number;
  readonly events: Pick<RelayEvents, "deleted" | "outboxFailed">;
  readonly clock?: Clock;
}): OutboxCleaner {
  const { pool, keepMs, events, clock = systemClock } = options;
  let isClosing = false;
  let running: Promise<void> = Promise.resolve();
  let cancel: (() => void) | undefined;

  async function clean(): Promise<void> {
    let total = 0;
    try {
      let deleted: number;
      do {
        deleted = await deleteSentEvents(pool, { olderThanMs: keepMs, limit: batchSize });
        total += deleted;
      } while (deleted === batchSize && !isClosing);
    } catch (err) {
      events.outboxFailed("clean", err);
    }
    events.deleted(total);
  }

  function schedule(): void {
    cancel = clock.schedule(intervalMs, () => {
      running = clean().then(() => {
        if (!isClosing) schedule();
      });
    });
  }

  return {
    start: schedule,
    clean,
    async close() {
      isClosing = true;
      cancel?.();
      await running;
    },
  };
}
