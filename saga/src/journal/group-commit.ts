/** Gathers items while a flush is under way and flushes them together. */
export interface GroupCommit<Item> {
  add(item: Item): void;
  /** Resolves when nothing is waiting and nothing is being flushed. */
  idle(): Promise<void>;
}

/**
 * D2: no timer: the first item goes out at once, what comes meanwhile goes out together. `flush` settles its items
 * itself and must not reject; `writers` flushes run at the same time, taking turns.
 */
export function createGroupCommit<Item>(options: {
  flush(items: readonly Item[]): Promise<void>;
  readonly writers: number;
  readonly maxBatch: number;
}): GroupCommit<Item> {
  const waiting: Item[] = [];
  const whenIdle: (() => void)[] = [];
  let flushing = 0;

  function pump(): void {
    while (flushing < options.writers && waiting.length > 0) {
      flushing++;
      void options.flush(waiting.splice(0, options.maxBatch)).finally(() => {
        flushing--;
        pump();
      });
    }
    if (flushing === 0) for (const resolve of whenIdle.splice(0)) resolve();
  }

  return {
    add: (item) => {
      waiting.push(item);
      pump();
    },
    idle: () =>
      new Promise((resolve) => {
        whenIdle.push(resolve);
        pump();
      }),
  };
}
