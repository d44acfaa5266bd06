/** Something that is read again and again. */
export interface Follower {
  /** Reads for the first time, and rejects where that fails; then goes on reading. */
  start(): Promise<void>;
  /** Resolves after a reading that began after this call, whether or not it succeeded. */
  refresh(): Promise<void>;
  close(): Promise<void>;
}

export interface FollowerOptions {
  /** The pause between two readings, in milliseconds. */
  everyMs: number;
  read(): Promise<void>;
  /** Told once until it succeeds again. */
  onFailure(err: unknown): void;
}

/** Reads one at a time. Many who want a refresh at once share one reading. */
export function createFollower({ everyMs, read, onFailure }: FollowerOptions): Follower {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let waiting: Promise<void> | undefined;
  let isFailing = false;
  let isClosed = false;

  function readNow(): Promise<void> {
    running = read()
      .then(
        () => {
          isFailing = false;
        },
        (err: unknown) => {
          if (!isFailing && !isClosed) onFailure(err);
          isFailing = true;
        },
      )
      .finally(() => {
        running = undefined;
      });
    return running;
  }

  function refresh(): Promise<void> {
    if (isClosed) return Promise.resolve();
    if (!running) return readNow();
    waiting ??= running.then(() => {
      waiting = undefined;
      return readNow();
    });
    return waiting;
  }

  function scheduleNext(): void {
    if (isClosed) return;
    timer = setTimeout(() => void (running ?? readNow()).then(scheduleNext), everyMs);
    timer.unref();
  }

  return {
    async start() {
      await read();
      scheduleNext();
    },
    refresh,
    async close() {
      isClosed = true;
      clearTimeout(timer);
      await waiting;
      await running;
    },
  };
}
