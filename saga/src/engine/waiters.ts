import type { Clock } from "../ports.ts";
import { isFinal, type SagaSnapshot } from "../state.ts";
import type { Followers } from "./followers.ts";

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
export function isSettled<Data>({ status, isParked }: SagaSnapshot<Data>): boolean {
  return isFinal(status) || status === "Parked" || isParked === true;
}

/** O4: a waiter whose saga runs in this process is told by its run; all others follow the journal. */
export function createWaiters<Data>(clock: Clock, followers: Followers<Data>): Waiters<Data> {
  const waiting = new Map<string, Set<(saga?: SagaSnapshot<Data>) => void>>();
  let isClosed = false;

  return {
    settle: (saga) => {
      for (const answer of waiting.get(saga.id) ?? []) answer(saga);
    },
    wait: (sagaId, withinMs, signal) =>
      new Promise((resolve) => {
        if (isClosed || signal?.aborted || withinMs <= 0) return resolve(undefined);
        const others = waiting.get(sagaId) ?? new Set();
        waiting.set(sagaId, others);
        const answer = (saga?: SagaSnapshot<Data>): void => {
          unfollow();
          cancelTimer();
          signal?.removeEventListener("abort", giveUp);
          others.delete(answer);
          if (others.size === 0 && waiting.get(sagaId) === others) waiting.delete(sagaId);
          resolve(saga);
        };
        const giveUp = (): void => answer();
        const unfollow = followers.follow(sagaId, (saga) => {
          if (isSettled(saga)) answer(saga);
        });
        const cancelTimer = clock.schedule(withinMs, giveUp);
        signal?.addEventListener("abort", giveUp, { once: true });
        others.add(answer);
      }),
    close: () => {
      isClosed = true;
      for (const answers of [...waiting.values()]) for (const answer of [...answers]) answer();
    },
  };
}
