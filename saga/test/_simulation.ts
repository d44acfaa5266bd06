import type { CallAction, WriteAction } from "../src/decision/action.ts";
import { answered, blocked, resumed, saved, sent, undoAnswered } from "../src/decision/answer.ts";
import { next } from "../src/decision/next.ts";
import { progressOf, type SagaState, snapshotOf, startedState } from "../src/decision/saga-state.ts";
import { isFinal, type SagaDefinition } from "../src/index.ts";
import type { SagaWrite } from "../src/journal.ts";
import type { ArbiterOutcome, StepOutcome } from "../src/outcome.ts";
import { Participants, type Refusing } from "./_participants.ts";
import { SimulatedOperator } from "./_simulated-operator.ts";
import { type Held, SimulatedRow } from "./_simulated-row.ts";

type Answer = StepOutcome<unknown> & ArbiterOutcome;

/** A process, and what it is waiting for. A paused one simply does nothing for a while: it acts on old knowledge. */
interface Owner {
  id: string;
  held?: Held;
  waitsFor?:
    | { kind: "answer"; request: Request; before: SagaState<unknown> }
    | { kind: "ack"; action: WriteAction<unknown> }
    | { kind: "time"; until: number };
}

interface Request {
  owner: string;
  call: CallAction<unknown>;
}

interface PendingWrite {
  owner: string;
  action: WriteAction<unknown>;
  write: SagaWrite<unknown>;
}

/** How much goes wrong. */
export interface Weather {
  /** The greater, the rarer is each fault against what is meant to happen. */
  readonly calm: number;
  /** True where no owner crashes and none is replaced: every hand-over is clean. */
  readonly areOwnersSteady: boolean;
  /** True where calls that were given up arrive only when the saga has ended. */
  readonly areCallsLate: boolean;
  /** True where an operator acts on it at any moment. */
  readonly hasOperator: boolean;
}

const fair: Weather = { calm: 1, areOwnersSteady: true, areCallsLate: false, hasOperator: false };

/**
 * One saga in a world without I/O, where everything that takes time can be late, lost, repeated or overtaken: calls,
 * their answers, writes, their acknowledgements, and the owners themselves. Each `choose` performs one event out of
 * those that are possible now; `calmDown` lets everything that is still under way happen, and the saga end.
 */
export class Simulation {
  readonly participants: Participants;
  readonly row: SimulatedRow;
  readonly operator: SimulatedOperator;
  readonly #definition: SagaDefinition<unknown>;
  readonly #owners: Owner[];
  readonly #weather: Weather;
  #requests: Request[] = [];
  #writes: PendingWrite[] = [];
  #now = 0;
  #crashes = 0;

  constructor(definition: SagaDefinition<unknown>, refusing: Refusing, weather = fair) {
    this.#definition = definition;
    this.#weather = weather;
    this.participants = new Participants(definition, refusing);
    const state = startedState({ sagaId: "saga", key: "order", data: {} }, "owner-0", 0);
    this.#owners = [{ id: "owner-0", held: { state, epoch: 1, seq: 0 } }, { id: "owner-1" }, { id: "owner-2" }];
    this.row = new SimulatedRow(state);
    this.operator = new SimulatedOperator(definition, this.row, this.participants);
  }

  choose(choice: number): void {
    const events = this.#possibleEvents();
    events[choice % events.length]?.();
  }

  calmDown(): void {
    for (let round = 0; round < 3000; round++) {
      const request = this.#requests.find((other) => this.#isAwaited(other)) ?? this.#lateRequest();
      const [write] = this.#writes;
      const busy = this.#owners.find((owner) => owner.held);
      if (request) this.#deliver(request, { isAnswered: true });
      else if (write) this.#apply(write, true);
      else if (busy) this.#goOn(busy);
      else if (!this.row.hasEnded) this.#claimWhenDue();
      else return;
    }
    throw new Error(`no end in sight: ${JSON.stringify(this.row.saga)}`);
  }

  #isAwaited(request: Request): boolean {
    return this.#owners.some(({ waitsFor }) => waitsFor?.kind === "answer" && waitsFor.request === request);
  }

  /** A call that its owner has given up, but that will still arrive. */
  #lateRequest(): Request | undefined {
    return this.#weather.areCallsLate && !this.row.hasEnded ? undefined : this.#requests[0];
  }

  #goOn(owner: Owner): void {
    switch (owner.waitsFor?.kind) {
      case undefined:
        this.#act(owner, false);
        return;
      case "time":
        this.#now = Math.max(this.#now, owner.waitsFor.until);
        this.#wakeUp(owner);
        return;
      case "answer":
        this.#timeOut(owner);
        return;
      case "ack":
        this.#resend(owner);
        return;
      default:
        owner.waitsFor satisfies never;
    }
  }

  #claimWhenDue(): void {
    if (!this.row.hasOwner) this.#now = Math.max(this.#now, this.row.dueAt);
    const [claimer] = this.#owners;
    if (claimer) this.#claim(claimer);
  }

  #possibleEvents(): (() => void)[] {
    const events: (() => void)[] = [
      () => {
        this.#now += 700;
      },
      () => {
        this.#now += 40_000;
      },
    ];
    const often = (event: () => void): void => {
      for (let weight = 0; weight < this.#weather.calm; weight++) events.push(event);
    };
    for (const owner of this.#owners) {
      const mayClaim = !this.row.hasOwner || !this.#weather.areOwnersSteady;
      if (!owner.held && mayClaim) events.push(() => this.#claim(owner));
      if (!owner.held) continue;
      if (!owner.waitsFor) {
        often(() => this.#act(owner, false));
        events.push(() => this.#act(owner, true));
      } else events.push(() => this.#goOn(owner));
      if (!this.#weather.areOwnersSteady) events.push(() => this.#crash(owner));
    }
    // An operator takes a saga from a living owner too.
    if (this.#weather.hasOperator && !this.row.hasEnded && (!this.row.hasOwner || !this.#weather.areOwnersSteady)) {
      events.push(...this.operator.possibleEvents(this.#now));
    }
    for (const request of this.#requests) {
      often(() => this.#deliver(request, { isAnswered: true }));
      events.push(() => this.#deliver(request, { isAnswered: false }));
      events.push(() => this.#deliver(request, { isAnswered: true, isRepeated: true }));
      events.push(() => this.#answer(request, { kind: "underWay" }));
      events.push(() => this.#answer(request, { kind: "unauthenticated" }));
    }
    for (const write of this.#writes) {
      often(() => this.#apply(write, true));
      events.push(() => this.#apply(write, false));
      events.push(() => {
        this.#writes = this.#writes.filter((other) => other !== write);
      });
    }
    return events;
  }

  #act(owner: Owner, isBlocked: boolean): void {
    const held = owner.held;
    if (!held) return;
    const now = { ms: this.#now, timestamp: "" };
    const action = next(this.#definition, held.state, now);
    switch (action.kind) {
      case "wait":
        owner.waitsFor = { kind: "time", until: this.#now + action.delayMs };
        return;
      case "write":
        owner.waitsFor = { kind: "ack", action };
        this.#resend(owner);
        return;
      case "call": {
        if (isBlocked) {
          held.state = blocked(held.state, action);
          return;
        }
        if (action.direction === "undo" && !this.row.turnIsDurable)
          throw new Error("undone before the turn is durable");
        const request: Request = { owner: owner.id, call: action };
        owner.waitsFor = { kind: "answer", request, before: held.state };
        held.state = sent(held.state, action, now);
        this.#requests.push(request);
        return;
      }
      default:
        action satisfies never;
    }
  }

  #deliver(request: Request, how: { isAnswered: boolean; isRepeated?: boolean }): void {
    const { direction, step, attempt } = request.call;
    const answer = direction === "do" ? this.participants.do(step, attempt) : this.participants.undo(step.name);
    if (!how.isRepeated) this.#requests = this.#requests.filter((other) => other !== request);
    if (how.isAnswered) this.#answer(request, answer as Answer);
  }

  #answer(request: Request, answer: Answer): void {
    const owner = this.#owners.find((other) => other.waitsFor?.kind === "answer" && other.waitsFor.request === request);
    if (!owner?.held) return;
    owner.waitsFor = undefined;
    const now = { ms: this.#now, timestamp: "" };
    const take = request.call.direction === "do" ? answered<unknown> : undoAnswered<unknown>;
    owner.held.state = take(owner.held.state, request.call, answer as Exclude<Answer, { kind: "blocked" }>, now);
  }

  #timeOut(owner: Owner): void {
    if (owner.waitsFor?.kind === "answer") {
      this.#answer(owner.waitsFor.request, { kind: "unknown", message: "no answer" });
    }
  }

  #wakeUp(owner: Owner): void {
    owner.waitsFor = undefined;
    if (owner.held) owner.held.state = resumed(owner.held.state);
  }

  /** D3: the same decision again, with a higher seq; the earlier sending may still arrive. */
  #resend(owner: Owner): void {
    const { held, waitsFor } = owner;
    if (!held || waitsFor?.kind !== "ack") return;
    const { action } = waitsFor;
    const { state, dueInMs } = action;
    held.seq++;
    const parkedForMs = state.parkedSince === undefined ? undefined : this.#now - state.parkedSince;
    this.#writes.push({
      owner: owner.id,
      action,
      write: {
        epoch: held.epoch,
        seq: held.seq,
        saga: snapshotOf(state),
        progress: progressOf(state),
        dueInMs,
        parkedForMs,
        deadLetters: [],
      },
    });
  }

  #apply(pending: PendingWrite, isAcknowledged: boolean): void {
    this.#writes = this.#writes.filter((other) => other !== pending);
    this.row.apply(pending.write, this.#now);
    if (isAcknowledged) this.#acknowledge(pending);
  }

  /** The answer to one sending: a late one says nothing about what its owner has decided since. */
  #acknowledge({ owner: ownerId, action, write: { epoch } }: PendingWrite): void {
    const owner = this.#owners.find(
      ({ id, waitsFor }) => id === ownerId && waitsFor?.kind === "ack" && waitsFor.action === action,
    );
    if (!owner?.held) return;
    owner.waitsFor = undefined;
    const isReplaced = this.row.epoch !== epoch;
    if (isReplaced || action.dueInMs !== undefined || isFinal(action.state.status)) owner.held = undefined;
    else owner.held.state = saved(action.state, this.#now);
  }

  #claim(owner: Owner): void {
    const held = this.row.claim(owner.id, this.#now);
    if (!held) return;
    owner.waitsFor = undefined;
    owner.held = held;
  }

  #crash(owner: Owner): void {
    this.#crashes++;
    owner.id = `${owner.id.split("'")[0]}'${this.#crashes}`;
    owner.held = undefined;
    owner.waitsFor = undefined;
  }
}
