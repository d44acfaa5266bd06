import { isFinal, type SagaSnapshot } from "../state.ts";
import { SagaNotFoundError } from "./errors.ts";
import type { Followers } from "./followers.ts";

/** Those who watch sagas go on. */
export interface Watchers<Data> {
  /** Every change of a saga from now on, beginning with how it stands; see `Engine.watch`. */
  watch(sagaId: string, signal?: AbortSignal): AsyncIterableIterator<SagaSnapshot<Data>>;
  /** Tells those who watch this saga, if any, of a change in this process. */
  changed(sagaId: string, snapshot: () => SagaSnapshot<Data>): void;
  /** Ends every watch: no more will be known here. */
  close(): void;
}

/** So many changes are kept for a reader that lags; with one more, it is given the newest and none of them. */
const maxBacklog = 64;

/**
 * A watcher is told by the saga's run where that is in this process, and follows the journal where it is not; which of
 * the two may change while it watches. `current` is the saga as it stands here, or else in the journal.
 */
export function createWatchers<Data>(options: {
  readonly followers: Followers<Data>;
  current(sagaId: string): Promise<SagaSnapshot<Data> | undefined>;
}): Watchers<Data> {
  const watching = new Map<string, Set<Inbox<Data>>>();
  let isClosed = false;

  function open(sagaId: string, signal: AbortSignal | undefined): { inbox: Inbox<Data>; close: () => void } {
    const inbox = new Inbox<Data>();
    const others = watching.get(sagaId) ?? new Set();
    watching.set(sagaId, others);
    others.add(inbox);
    const unfollow = options.followers.follow(sagaId, (saga) => inbox.put(saga));
    const drop = (): void => inbox.drop();
    signal?.addEventListener("abort", drop, { once: true });
    const close = (): void => {
      unfollow();
      signal?.removeEventListener("abort", drop);
      others.delete(inbox);
      if (others.size === 0 && watching.get(sagaId) === others) watching.delete(sagaId);
    };
    return { inbox, close };
  }

  async function* watch(sagaId: string, signal?: AbortSignal): AsyncIterableIterator<SagaSnapshot<Data>> {
    if (isClosed || signal?.aborted) return;
    const { inbox, close } = open(sagaId, signal);
    try {
      const saga = await options.current(sagaId);
      if (!saga) throw new SagaNotFoundError(sagaId);
      // What happened meanwhile is newer.
      inbox.putFirst(saga);
      yield* inbox.read();
    } finally {
      close();
    }
  }

  return {
    watch,
    changed: (sagaId, snapshot) => {
      options.followers.outdate(sagaId);
      const inboxes = watching.get(sagaId);
      if (!inboxes) return;
      const saga = snapshot();
      for (const inbox of inboxes) inbox.put(saga);
    },
    close: () => {
      isClosed = true;
      for (const inboxes of watching.values()) for (const inbox of inboxes) inbox.end();
    },
  };
}

/** What one watcher has not read yet. */
class Inbox<Data> {
  #unread: SagaSnapshot<Data>[] = [];
  #last: SagaSnapshot<Data> | undefined;
  #isEnded = false;
  #wake: () => void = () => {};

  /** Adds a change; what is as it was is none. */
  put(saga: SagaSnapshot<Data>): void {
    if (this.#isEnded || (this.#last && isSame(this.#last, saga))) return;
    if (this.#unread.length >= maxBacklog) this.#unread = [];
    this.#unread.push(saga);
    this.#last = saga;
    if (isFinal(saga.status)) this.end();
    this.#wake();
  }

  /** Adds how the saga stood, unless something newer is there. */
  putFirst(saga: SagaSnapshot<Data>): void {
    if (!this.#last) this.put(saga);
  }

  /** Nothing more is read. */
  drop(): void {
    this.#unread = [];
    this.end();
  }

  /** Nothing more is added. */
  end(): void {
    this.#isEnded = true;
    this.#wake();
  }

  async *read(): AsyncGenerator<SagaSnapshot<Data>, void> {
    for (;;) {
      const next = this.#unread.shift();
      if (next) yield next;
      else if (this.#isEnded) return;
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}

/** By what a watcher is shown; a call that is answered and made again differs in its entry. */
function isSame<Data>(one: SagaSnapshot<Data>, other: SagaSnapshot<Data>): boolean {
  return one === other || visibleOf(one) === visibleOf(other);
}

function visibleOf<Data>({ status, currentStep, history, failure, isParked }: SagaSnapshot<Data>): string {
  return JSON.stringify([status, currentStep, history, failure, isParked]);
}
