/** Work that is done now and then. */
export interface Repeated {
  /** Begins at once. */
  start(): void;
  /** Waits for what is under way. */
  close(): Promise<void>;
}

export interface RepeatedOptions {
  readonly everyMs: number;
  /** Ends early where `isClosed` says so. */
  run(isClosed: () => boolean): Promise<void>;
  onFailure(err: unknown): void;
}

/** Does the work every `everyMs`, never twice at once, until it is closed. */
export function createRepeated({ everyMs, run, onFailure }: RepeatedOptions): Repeated {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let isClosed = false;

  function runOnce(): void {
    running ??= run(() => isClosed)
      .catch(onFailure)
      .finally(() => {
        running = undefined;
      });
  }

  return {
    start() {
      timer = setInterval(runOnce, everyMs).unref();
      runOnce();
    },
    async close() {
      isClosed = true;
      clearInterval(timer);
      await running;
    },
  };
}

/** Deletes in batches until one is not full, and tells how many were deleted. */
export async function deleteInBatches(
  deleteBatch: (limit: number) => Promise<number>,
  isClosed: () => boolean,
): Promise<number> {
  let deleted = 0;
  let batch: number;
  do {
    batch = await deleteBatch(batchSize);
    deleted += batch;
  } while (batch === batchSize && !isClosed());
  return deleted;
}

const batchSize = 1_000;
