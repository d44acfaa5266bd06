import { type Clock, wait } from "../ports.ts";
import { isFinal, type SagaSnapshot } from "../state.ts";

/** Those who wait for a saga to settle. */
export interface Waiters<Data> {
  /** Resolves when the saga settles, or with undefined when `withinMs` is over or `signal` aborts. */
  wait(sagaId: string, withinMs: number, signal?: AbortSignal): Promise<SagaSnapshot<Data> | undefined>;
  /** Answers everybody who waits for this saga. */
  settle(saga: SagaSnapshot<Data>): void;
  /** Answers everybody: no more will be known here. */
  close(): void;
}

/** O4: true where a caller is answered: the saga has ended, or goes on at a time of its own. */
export function isSettled<Data>(saga: SagaSnapshot<Data>): boolean {
  return isFinal(saga.status) || saga.status === "Parked";
}

const pollMs = 250;

/**
 * O4: a waiter whose saga runs in this process is told by its run; all others share one poll of the journal.
 * `isHeld` tells which is which, and may change while somebody waits.
 */
export function createWaiters<Data>(options: {
  readonly clock: Clock;
  isHeld(sagaId: string): boolean;
  read(sagaIds: readonly string[]): Promise<readonly SagaSnapshot<Data>[]>;
  pollFailed(error: unknown): void;
}): Waiters<Data> {
  const { clock } = options;
  const waiting = new Map<string, Set<(saga?: SagaSnapshot<Data>) => void>>();
  let isPolling = false;
  let isClosed = false;

  const settle = (saga: SagaSnapshot<Data>): void => {
    for (const answer of waiting.get(saga.id) ?? []) answer(saga);
  };

  async function poll(): Promise<void> {
    isPolling = true;
    while (waiting.size > 0) {
      await wait(clock, pollMs);
      const elsewhere = [...waiting.keys()].filter((sagaId) => !options.isHeld(sagaId));
      if (elsewhere.length === 0) continue;
      const sagas = await options.read(elsewhere).catch((err: unknown) => {
        options.pollFailed(err);
        return [];
      });
      for (const saga of sagas) if (isSettled(saga) && !options.isHeld(saga.id)) settle(saga);
    }
    isPolling = false;
  }

  return {
    settle,
    wait: (sagaId, withinMs, signal) =>
      new Promise((resolve) => {
        if (isClosed || signal?.aborted || withinMs <= 0) return resolve(undefined);
        const others = waiting.get(sagaId) ?? new Set();
        waiting.set(sagaId, others);
        const answer = (saga?: SagaSnapshot<Data>): void => {
          cancelTimer();
          signal?.removeEventListener("abort", giveUp);
          others.delete(answer);
          if (others.size === 0 && waiting.get(sagaId) === others) waiting.delete(sagaId);
          resolve(saga);
        };
        const giveUp = (): void => answer();
        const cancelTimer = clock.schedule(withinMs, giveUp);
        signal?.addEventListener("abort", giveUp, { once: true });
        others.add(answer);
        if (!isPolling) void poll();
      }),
    close: () => {
      isClosed = true;
      for (const answers of [...waiting.values()]) for (const answer of [...answers]) answer();
    },
  };
}
