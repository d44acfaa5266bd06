import { type Clock, wait } from "../ports.ts";
import type { SagaSnapshot } from "../state.ts";

/** Those who want to know of sagas that run elsewhere. */
export interface Followers<Data> {
  /** Calls `onRow` with the saga's row, again and again, while it does not run here; ends with the returned function. */
  follow(sagaId: string, onRow: (saga: SagaSnapshot<Data>) => void): () => void;
  /** A saga has changed in this process: what is being read of it may be older than that, and is told to nobody. */
  outdate(sagaId: string): void;
  /** Asks for nothing more, though somebody has not let go yet. */
  close(): void;
}

const pollMs = 250;

/**
 * O4: all followers share one poll of the journal, and a saga that several follow is read once. `isHeld` tells which run
 * here, and may change while somebody follows.
 */
export function createFollowers<Data>(options: {
  readonly clock: Clock;
  isHeld(sagaId: string): boolean;
  read(sagaIds: readonly string[]): Promise<readonly SagaSnapshot<Data>[]>;
  pollFailed(error: unknown): void;
}): Followers<Data> {
  const { clock } = options;
  const following = new Map<string, Set<(saga: SagaSnapshot<Data>) => void>>();
  const outdated = new Set<string>();
  let isPolling = false;
  let isClosed = false;

  async function poll(): Promise<void> {
    isPolling = true;
    while (following.size > 0) {
      await wait(clock, pollMs);
      if (isClosed) return;
      const elsewhere = [...following.keys()].filter((sagaId) => !options.isHeld(sagaId));
      if (elsewhere.length === 0) continue;
      outdated.clear();
      const sagas = await options.read(elsewhere).catch((err: unknown) => {
        options.pollFailed(err);
        return [];
      });
      for (const saga of sagas) if (!options.isHeld(saga.id) && !outdated.has(saga.id)) tell(saga);
    }
    isPolling = false;
  }

  function tell(saga: SagaSnapshot<Data>): void {
    for (const onRow of [...(following.get(saga.id) ?? [])]) onRow(saga);
  }

  return {
    outdate: (sagaId) => {
      if (following.has(sagaId)) outdated.add(sagaId);
    },
    follow: (sagaId, onRow) => {
      const others = following.get(sagaId) ?? new Set();
      following.set(sagaId, others);
      others.add(onRow);
      if (!isPolling && !isClosed) void poll();
      return () => {
        others.delete(onRow);
        if (others.size === 0 && following.get(sagaId) === others) following.delete(sagaId);
      };
    },
    close: () => {
      isClosed = true;
    },
  };
}
