import type { Claim, ClaimedSaga, Journal } from "../journal.ts";
import type { Observer } from "../observer.ts";
import { type Clock, wait } from "../ports.ts";

/** How often a process tells that it lives, and looks for what it could run. */
export interface RecoveryTimes {
  /** Between two heartbeats. Default 1000. */
  readonly heartbeatMs: number;
  /** Without a heartbeat for longer, an owner is lost (O1). Default 5000. */
  readonly staleAfterMs: number;
  /** Between two looks at what is due, where nothing is known to be due earlier. Default 1000. */
  readonly pollMs: number;
  /** Between two looks at what lost owners, or this one, have left behind (O2). Default 5000. */
  readonly sweepMs: number;
}

export const defaultTimes: RecoveryTimes = { heartbeatMs: 1000, staleAfterMs: 5000, pollMs: 1000, sweepMs: 5000 };

/** Keeps this process's heartbeat, and finds the sagas that it should run. */
export interface Recovery {
  /** Sends the first heartbeat; rejects where the journal cannot be reached. */
  start(): Promise<void>;
  /** O1: false where the last heartbeat is so old that others may have taken what this process holds. */
  isFresh(): boolean;
  /** Remembers that something will be due, so that it is not found late. */
  dueIn(delayMs: number): void;
  /** Takes nothing over any more, whatever a claim that is still under way may bring; the heartbeat goes on. */
  stopClaiming(): Promise<void>;
  /** Ends the heartbeat; an owner that holds nothing retires, so that nobody has to wait until it is stale. */
  close(end: { holdsNothing: boolean }): Promise<void>;
}

/** What recovery asks of the engine. */
export interface RecoveryContext<Data, Entity> {
  readonly journal: Journal<Data, Entity>;
  readonly clock: Clock;
  readonly observe: Observer;
  readonly owner: string;
  readonly definitions: readonly string[];
  readonly times: RecoveryTimes;
  /** How many sagas may be taken over now. */
  freeSlots(): number;
  /** What the process runs or is about to insert. */
  heldIds(): readonly string[];
  /** Lets go of everything that is held, at once: others may have it (O1). */
  abandonAll(): void;
  /** Runs a saga that was taken over. */
  take(saga: ClaimedSaga<Data>, isLost: boolean): void;
}

/** Local due times are rounded up to this grid, so that few of them are remembered and one look serves many sagas. */
const gridMs = 50;
/** For how long the end waits for a statement that is still under way. */
const closeLimitMs = 1000;
/** So many are claimed by one statement at most. */
const claimLimit = 100;

/**
 * Owns: the owner's heartbeat (O1), and finding what is due and has no owner, what lost owners have left, and what this
 * owner has but does not hold (O1, O2).
 * Does not own: running them (the engine), and fencing (the journal's epochs).
 *
 * Invariants: nothing is claimed beyond the free slots; from lost owners only after an unbroken heartbeat of the
 * staleness limit, so that a journal that comes back does not set all against all (O1); what was held before a gap in
 * the heartbeat is not acted on after it (O1).
 */
export function createRecovery<Data, Entity>(ctx: RecoveryContext<Data, Entity>): Recovery {
  const { journal, clock, observe, owner, times } = ctx;
  const dues = new Set<number>();
  const heart = new AbortController();
  const claiming = new AbortController();
  let lastBeat = Number.NEGATIVE_INFINITY;
  let answeredAt = Number.NEGATIVE_INFINITY;
  let unbrokenSince = 0;
  let sweptAt = 0;
  let loops: Promise<void>[] = [];
  let takesOver = true;
  let lookNow: () => void = () => {};

  /** A heartbeat between two others may come so much later without telling of a journal that hung. */
  const silentAfterMs = times.staleAfterMs - times.heartbeatMs;

  const isFresh = (): boolean => clock.now() - lastBeat <= times.staleAfterMs;

  async function beat(): Promise<void> {
    const sentAt = clock.now();
    await journal.beat(owner, silentAfterMs);
    if (isSilent()) unbrokenSince = clock.now();
    if (sentAt - lastBeat > times.staleAfterMs && Number.isFinite(lastBeat)) {
      observe({ kind: "stale" });
      ctx.abandonAll();
    }
    lastBeat = sentAt;
    answeredAt = clock.now();
  }

  /** A journal that has not answered for so long may hold up the heartbeats of all: by them, everybody is lost. */
  function isSilent(): boolean {
    return clock.now() - answeredAt > silentAfterMs;
  }

  function mayTakeLost(): boolean {
    return isFresh() && !isSilent() && clock.now() - unbrokenSince >= times.staleAfterMs;
  }

  async function keepBeating(): Promise<void> {
    while (!heart.signal.aborted) {
      await wait(clock, times.heartbeatMs, heart.signal);
      if (!heart.signal.aborted) await attempt("beat", beat);
    }
  }

  async function keepClaiming(): Promise<void> {
    while (!claiming.signal.aborted) {
      // Before the look: what falls due while it is under way needs another one.
      for (const due of dues) if (due <= clock.now()) dues.delete(due);
      // First, so that what falls due again and again leaves room for what nobody runs.
      await attempt("claim", sweepInTime);
      await attempt("claim", claimDue);
      if (!claiming.signal.aborted) await nextLook();
    }
  }

  async function claimDue(): Promise<void> {
    await claimAll((request) => journal.claimDue(request), { isLost: false, mayClaim: isFresh });
  }

  async function sweepInTime(): Promise<void> {
    if (clock.now() - sweptAt < times.sweepMs || !mayTakeLost()) return;
    if (await sweep()) sweptAt = clock.now();
  }

  async function sweep(): Promise<boolean> {
    const how = { isLost: true, mayClaim: mayTakeLost };
    const tookLost = await claimAll((request) => journal.claimLost(request, times.staleAfterMs, silentAfterMs), how);
    const tookOwn = await claimAll((request) => journal.claimOwn(request, ctx.heldIds(), times.staleAfterMs), how);
    return tookLost && tookOwn;
  }

  /** False where something may be left. */
  async function claimAll(
    take: (request: Claim) => Promise<readonly ClaimedSaga<Data>[]>,
    { isLost, mayClaim }: { readonly isLost: boolean; readonly mayClaim: () => boolean },
  ): Promise<boolean> {
    for (;;) {
      const limit = Math.min(ctx.freeSlots(), claimLimit);
      // Before each page: the last one may have taken long.
      if (claiming.signal.aborted || !mayClaim()) return false;
      if (limit <= 0) {
        dueIn(gridMs);
        return false;
      }
      const sagas = await take({ owner, limit, definitions: ctx.definitions });
      // What comes too late for this process is left to the next one.
      if (!takesOver) return false;
      for (const saga of sagas) ctx.take(saga, isLost);
      if (sagas.length < limit) return true;
    }
  }

  /** Waits for the next poll, or for the earliest time at which something is known to be due. */
  async function nextLook(): Promise<void> {
    const early = new AbortController();
    lookNow = () => early.abort();
    const next = Math.min(clock.now() + times.pollMs, ...dues);
    await wait(clock, Math.max(next - clock.now(), 0), early.signal);
  }

  function dueIn(delayMs: number): void {
    // A little after the time itself: the journal's clock decides, and its commit came later than our reading.
    const due = Math.ceil((clock.now() + delayMs + 5) / gridMs) * gridMs;
    if (dues.has(due)) return;
    dues.add(due);
    lookNow();
  }

  async function attempt(operation: string, run: () => Promise<void>): Promise<void> {
    try {
      await run();
    } catch (error) {
      observe({ kind: "journalFailed", operation, error });
    }
  }

  return {
    isFresh,
    start: async () => {
      await beat();
      loops = [keepBeating(), keepClaiming()];
    },
    dueIn,
    stopClaiming: async () => {
      claiming.abort();
      lookNow();
      await atMost(closeLimitMs, loops[1]);
      takesOver = false;
    },
    close: async ({ holdsNothing }) => {
      heart.abort();
      await atMost(closeLimitMs, loops[0]);
      if (holdsNothing)
        await atMost(
          closeLimitMs,
          attempt("retire", () => journal.retire(owner)),
        );
    },
  };

  /** A journal that does not answer must not hold up the end. */
  async function atMost(limitMs: number, loop: Promise<void> | undefined): Promise<void> {
    const timer = new AbortController();
    await Promise.race([loop, wait(clock, limitMs, timer.signal)]);
    timer.abort();
  }
}
