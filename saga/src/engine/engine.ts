import type { Intervention, Operator } from "../decision/intervention.ts";
import { claimedState, snapshotOf, startedState } from "../decision/saga-state.ts";
import { type Backlog, type ClaimedSaga, type Journal, JournalRefusedError } from "../journal.ts";
import { type Clock, wait } from "../ports.ts";
import type { SagaSnapshot } from "../state.ts";
import { systemClock, systemRandom } from "../system-ports.ts";
import type { Engine, EngineOptions, NewSaga } from "./api.ts";
import { ClosingError, OverloadedError, StaleError } from "./errors.ts";
import { createFollowers, type Followers } from "./followers.ts";
import { checkTakeOver, takeOverFor } from "./interventions.ts";
import { createRecovery, defaultTimes, type Recovery } from "./recovery.ts";
import { type HeldSaga, type RunContext, type RunEnd, runSaga } from "./runner.ts";
import { createSetBacks, type SetBacks } from "./set-backs.ts";
import { createWaiters, isSettled, type Waiters } from "./waiters.ts";
import { createWatchers, type Watchers } from "./watchers.ts";

/** Beyond the limit for new sagas, so that a flood of them cannot keep those of lost owners waiting. */
const reserveForClaims = 1 / 8;
/** Attempts to commit an intent before its caller is told that it failed. */
const insertAttempts = 3;
/** How long to gather sagas that have missed a wake. */
const wakeTogetherMs = 50;
/** For how long a hand-over may take when the drain time is over. */
const handOverMs = 2000;

/**
 * Creates an engine; it runs nothing before `start`.
 *
 * Owns: which sagas this process runs, how many, and who waits for them.
 * Does not own: any rule about sagas (`decision/next.ts`), the loop of one saga (`runner.ts`), when something is claimed
 * (`recovery.ts`), what is durable (the journal).
 *
 * Invariants: a saga is run by one loop at a time in this process, the newest epoch's; a new saga is refused before any
 * write or not at all; what is let go is handed over in a committed write or left for recovery to find (O2, O3).
 */
export function createEngine<Data, Entity>(options: EngineOptions<Data, Entity>): Engine<Data, Entity> {
  return new SagaEngine(options);
}

class SagaEngine<Data, Entity> implements Engine<Data, Entity> {
  readonly #ctx: RunContext<Data, Entity>;
  readonly #owner: string;
  readonly #recovery: Recovery;
  readonly #followers: Followers<Data>;
  readonly #waiters: Waiters<Data>;
  readonly #watchers: Watchers<Data>;
  readonly #setBacks: SetBacks;
  readonly #maxInFlight: number;
  readonly #held = new Map<string, HeldSaga<Data>>();
  readonly #submitting = new Set<string>();
  /** When each participant was last said to be back, by its step's or undo's name. */
  readonly #wokenAt = new Map<string, number>();
  readonly #wakingSoon = new Set<string>();
  #isClosing = false;
  /** What a saga is told that begins to run after the drain time. */
  #lateComers: HeldSaga<Data>["stop"];
  /** How often everything held was abandoned: what was begun before is not run after (O1). */
  #lapses = 0;
  #whenIdle: () => void = () => {};

  constructor(options: EngineOptions<Data, Entity>) {
    const { definition, journal } = options;
    const clock = options.clock ?? systemClock;
    const random = options.random ?? systemRandom;
    const observe = options.observe ?? (() => {});
    this.#owner = random.uuid();
    this.#maxInFlight = options.maxInFlight ?? 512;
    this.#setBacks = createSetBacks(clock);
    this.#recovery = createRecovery<Data, Entity>({
      journal,
      clock,
      observe,
      owner: this.#owner,
      definitions: [definition.hash],
      times: { ...defaultTimes, ...options.times },
      freeSlots: () => Math.floor(this.#maxInFlight * (1 + reserveForClaims)) - this.inFlight,
      heldIds: () => [...this.#held.keys(), ...this.#submitting, ...this.#setBacks.resting()],
      abandonAll: () => this.#abandonAll(),
      take: (saga, isLost) => this.#take(saga, isLost),
    });
    this.#ctx = {
      definition,
      journal,
      clock,
      random,
      observe,
      isFresh: () => this.#recovery.isFresh(),
      isWokenSince: (name, ms) => (this.#wokenAt.get(name) ?? Number.NEGATIVE_INFINITY) >= ms,
      changed: (held) => this.#changed(held),
    };
    this.#followers = createFollowers({
      clock,
      isHeld: (sagaId) => this.#held.has(sagaId),
      read: (sagaIds) => journal.read(sagaIds),
      pollFailed: (error) => observe({ kind: "journalFailed", operation: "read", error }),
    });
    this.#waiters = createWaiters(clock, this.#followers);
    this.#watchers = createWatchers({ followers: this.#followers, current: (sagaId) => this.#current(sagaId) });
  }

  get inFlight(): number {
    return this.#held.size + this.#submitting.size;
  }

  start(): Promise<void> {
    return this.#recovery.start();
  }

  async submit(saga: NewSaga<Data, Entity>): Promise<"created" | "conflict"> {
    if (this.#isClosing) throw new ClosingError();
    // O1: what a stale owner begins, it would drop at once.
    if (!this.#recovery.isFresh()) throw new StaleError();
    if (this.inFlight >= this.#maxInFlight) throw new OverloadedError(1000);
    const { clock, observe } = this.#ctx;
    const intent = { sagaId: saga.id, key: saga.key, data: saga.data, entity: saga.entity };
    const lapses = this.#lapses;
    this.#submitting.add(saga.id);
    try {
      if ((await this.#insert(intent)) === "conflict") return "conflict";
      observe({ kind: "started", sagaId: saga.id, key: saga.key });
      const stop = lapses === this.#lapses ? undefined : "abandon";
      this.#run({ state: startedState(intent, this.#owner, clock.now()), epoch: 1, seq: 0, stop });
      return "created";
    } finally {
      this.#submitting.delete(saga.id);
      this.#reportIdle();
    }
  }

  async settled(
    sagaId: string,
    { withinMs, signal }: { withinMs: number; signal?: AbortSignal },
  ): Promise<SagaSnapshot<Data> | undefined> {
    if (!this.#held.has(sagaId)) {
      const saga = await this.#readOne(sagaId);
      if (!saga || isSettled(saga)) return saga;
    }
    const settled = await this.#waiters.wait(sagaId, withinMs, signal);
    if (settled) return settled;
    return this.#current(sagaId);
  }

  async wake(names: readonly string[]): Promise<void> {
    for (const name of names) this.#wokenAt.set(name, this.#ctx.clock.now());
    await this.#ctx.journal.wake(names);
    this.#recovery.dueIn(0);
  }

  backlog(): Promise<Backlog> {
    return this.#ctx.journal.backlog([this.#ctx.definition.hash]);
  }

  watch(sagaId: string, { signal }: { signal?: AbortSignal } = {}): AsyncIterableIterator<SagaSnapshot<Data>> {
    return this.#watchers.watch(sagaId, signal);
  }

  retry(sagaId: string, by: Operator): Promise<void> {
    return this.#intervene(sagaId, { kind: "retry" }, by);
  }

  compensate(sagaId: string, by: Operator): Promise<void> {
    return this.#intervene(sagaId, { kind: "compensate" }, by);
  }

  resolve(sagaId: string, undoName: string, by: Operator): Promise<void> {
    return this.#intervene(sagaId, { kind: "resolve", undoName }, by);
  }

  mayResolve(sagaId: string, undoName: string, by: Operator): Promise<void> {
    return checkTakeOver(this.#ctx, sagaId, { kind: "resolve", undoName }, by);
  }

  async close({ drainMs, door }: { drainMs: number; door?: Promise<unknown> }): Promise<void> {
    const { clock } = this.#ctx;
    const drainedAt = clock.now() + drainMs;
    if (door === undefined) this.#isClosing = true;
    await this.#recovery.stopClaiming();
    if (door !== undefined) await settledWithin(clock, door, drainedAt - clock.now());
    this.#isClosing = true;
    await this.#idleWithin(drainedAt - clock.now());
    this.#endAll("handOver");
    await this.#idleWithin(handOverMs);
    this.#endAll("abandon");
    await this.#recovery.close({ holdsNothing: this.inFlight === 0 });
    this.#waiters.close();
    this.#watchers.close();
    this.#followers.close();
  }

  async #intervene(sagaId: string, intervention: Intervention, by: Operator): Promise<void> {
    const epoch = await takeOverFor(this.#ctx, sagaId, intervention, by);
    // Who runs it here would only find out at its next write; unless it has been claimed again meanwhile.
    const held = this.#held.get(sagaId);
    if (held && held.epoch < epoch) stop(held, "abandon");
    this.#recovery.dueIn(0);
  }

  async #insert(intent: Parameters<Journal<Data, Entity>["insert"]>[0]): Promise<"created" | "conflict"> {
    const { journal, definition, clock, observe } = this.#ctx;
    for (let attempt = 1; ; attempt++) {
      try {
        return await journal.insert(intent, this.#owner, definition.hash);
      } catch (error) {
        observe({ kind: "journalFailed", operation: "insert", error });
        if (error instanceof JournalRefusedError || attempt === insertAttempts) throw error;
        await wait(clock, 100 * 4 ** (attempt - 1));
      }
    }
  }

  #take(claimed: ClaimedSaga<Data>, isLost: boolean): void {
    const { clock, observe } = this.#ctx;
    const { id, key } = claimed.saga;
    observe({ kind: "claimed", lost: isLost, epoch: claimed.epoch, sagaId: id, key });
    const earlier = this.#held.get(id);
    if (earlier) stop(earlier, "abandon");
    const state = claimedState(claimed, this.#owner, clock.now());
    this.#run({ state, epoch: claimed.epoch, seq: claimed.seq });
  }

  #run(held: HeldSaga<Data>): void {
    const { id, key } = held.state;
    this.#held.set(id, held);
    held.stop ??= this.#lateComers;
    const run = runSaga(this.#ctx, held).catch((error: unknown): RunEnd => {
      this.#ctx.observe({ kind: "crashed", error, ...this.#setBacks.note(id), sagaId: id, key });
      return { kind: "crashed" };
    });
    void run.then((end) => {
      if (end.kind === "ended" || end.kind === "released") this.#setBacks.clear(id);
      if (this.#held.get(id) === held) this.#held.delete(id);
      if (end.kind === "released") {
        this.#recovery.dueIn(end.dueInMs);
        if (end.missedWake) this.#wakeSoon(held.state.currentStep);
      }
      if (end.kind === "ended" || (end.kind === "released" && end.isParked)) {
        this.#waiters.settle(snapshotOf(held.state));
      }
      this.#reportIdle();
    });
  }

  /** Wakes what was being parked while its participant came back: all that is parked within a moment, together. */
  #wakeSoon(name: string): void {
    if (this.#wakingSoon.has(name)) return;
    this.#wakingSoon.add(name);
    const { clock, journal, observe } = this.#ctx;
    clock.schedule(wakeTogetherMs, () => {
      this.#wakingSoon.delete(name);
      if (this.#isClosing) return;
      journal.wake([name]).then(
        () => this.#recovery.dueIn(0),
        (error: unknown) => observe({ kind: "journalFailed", operation: "wake", error }),
      );
    });
  }

  #abandonAll(): void {
    this.#lapses++;
    this.#stopAll("abandon");
  }

  #endAll(how: "handOver" | "abandon"): void {
    this.#lateComers = how;
    this.#stopAll(how);
  }

  #stopAll(how: "handOver" | "abandon"): void {
    for (const held of this.#held.values()) stop(held, how);
  }

  #reportIdle(): void {
    if (this.inFlight === 0) this.#whenIdle();
  }

  async #idleWithin(limitMs: number): Promise<void> {
    if (this.inFlight === 0) return;
    const { promise: idle, resolve } = Promise.withResolvers<void>();
    this.#whenIdle = resolve;
    await settledWithin(this.#ctx.clock, idle, limitMs);
  }

  /** A run that was replaced here ends with words of its own: the saga has gone on without it. */
  #changed(held: HeldSaga<Data>): void {
    const { id } = held.state;
    if (this.#held.get(id) === held) this.#watchers.changed(id, () => snapshotOf(held.state));
  }

  /** The saga as it stands here, or else in the journal. */
  async #current(sagaId: string): Promise<SagaSnapshot<Data> | undefined> {
    const held = this.#held.get(sagaId);
    return held ? snapshotOf(held.state) : this.#readOne(sagaId);
  }

  async #readOne(sagaId: string): Promise<SagaSnapshot<Data> | undefined> {
    const [saga] = await this.#ctx.journal.read([sagaId]);
    return saga;
  }
}

/** Resolves when `other` has settled, or after `limitMs`. */
async function settledWithin(clock: Clock, other: Promise<unknown>, limitMs: number): Promise<void> {
  const settled = new AbortController();
  const settle = (): void => settled.abort();
  void other.then(settle, settle);
  await wait(clock, limitMs, settled.signal);
}

function stop<Data>(held: HeldSaga<Data>, how: "handOver" | "abandon"): void {
  held.stop = how;
  held.interrupt?.();
}
