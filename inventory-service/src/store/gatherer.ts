import { AppError } from "@shop/platform/errors";

/** Gathers concurrent requests into shared flushes. */
export interface Gatherer<Item, Result> {
  /** Resolves with the item's own result. An item whose signal is aborted before its flush begins is not flushed. */
  submit(item: Item, signal?: AbortSignal): Promise<Result>;
  /** Takes nothing more and resolves when everything taken is answered. */
  close(): Promise<void>;
}

export interface GathererOptions<Item, Result> {
  /** Handles a batch as a whole: one result for each item, in their order, or a failure of all. */
  flush(items: readonly Item[]): Promise<readonly Result[]>;
  /** Whether a failed batch may have failed by one item's fault; then each is flushed alone. */
  mayBeOneItemsFault(err: unknown): boolean;
  /** Flushes under way at once. Default: 2, so that one can use the processor while the other waits for the disk. */
  writers?: number;
  /** Items in one flush at most. Default: 128. */
  maxBatch?: number;
  /** Items waiting at most; beyond it submit is refused as overloaded. Default: 4096. */
  maxWaiting?: number;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly signal?: AbortSignal;
  resolve(result: Result): void;
  reject(err: unknown): void;
}

/**
 * Group commit: an item is flushed at once when a writer is free; while all are busy the next batch gathers. There is no
 * timer, so that a lone request never waits for company.
 */
export function createGatherer<Item, Result>(options: GathererOptions<Item, Result>): Gatherer<Item, Result> {
  const { flush, mayBeOneItemsFault, writers = 2, maxBatch = 128, maxWaiting = 4096 } = options;
  let waiting: Waiting<Item, Result>[] = [];
  let closed = false;
  const running = new Set<Promise<void>>();

  async function write(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, maxBatch);
      waiting = waiting.slice(maxBatch);
      await settle(batch.filter(isStillWanted));
    }
  }

  async function settle(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    if (batch.length === 0) return;
    try {
      const results = await flush(batch.map(({ item }) => item));
      batch.forEach((entry, index) => {
        entry.resolve(results[index] as Result);
      });
    } catch (err) {
      if (batch.length === 1 || !mayBeOneItemsFault(err)) for (const entry of batch) entry.reject(err);
      else for (const entry of batch) await settle([entry]);
    }
  }

  return {
    submit(item, signal) {
      if (closed) return Promise.reject(new AppError("UNAVAILABLE", "The service is shutting down."));
      if (waiting.length >= maxWaiting) {
        return Promise.reject(new AppError("OVERLOADED", "Too many requests are waiting.", { retryAfterMs: 1000 }));
      }
      return new Promise((resolve, reject) => {
        waiting.push({ item, signal, resolve, reject });
        if (running.size >= writers) return;
        const writer = Promise.resolve()
          .then(write)
          .finally(() => running.delete(writer));
        running.add(writer);
      });
    },
    async close() {
      closed = true;
      while (running.size > 0) await Promise.all(running);
    },
  };
}

function isStillWanted<Item, Result>({ signal, reject }: Waiting<Item, Result>): boolean {
  if (signal?.aborted !== true) return true;
  reject(signal.reason);
  return false;
}
