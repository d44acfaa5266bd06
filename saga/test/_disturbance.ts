import { FakeClock } from "@shop/testkit/fake-clock";
import {
  type Clock,
  createEngine,
  type Engine,
  InterventionRefusedError,
  isFinal,
  type Journal,
  SagaCompensatingError,
  SagaEndedError,
  type SagaSnapshot,
} from "../src/index.ts";
import { MemoryDatabase, memoryJournal } from "./_memory-journal.ts";
import { Participants } from "./_participants.ts";
import { type Trip, type TripSteps, tripSaga } from "./_trip.ts";
import { fixedRandom, trip } from "./_world.ts";

/** What may happen to a call from outside. */
type Connection = "good" | "down" | "deaf" | "blocked";
const connections: readonly Connection[] = ["good", "good", "down", "deaf", "blocked"];
const undoNames = { Refund: "Charge", Cancel: "Book", ReleaseSeat: "HoldSeat" } as const;
const by = { actor: "oscar", reason: "to see what happens" };

/** A process that can be stopped as by SIGSTOP: its time stands still, and what it is told waits. */
interface Process {
  readonly engine: Engine<Trip, undefined>;
  isStopped: boolean;
  readonly pending: (() => void)[];
}

/**
 * Real engines over one journal, with everything around them that can be wrong: processes that are stopped and go on late,
 * participants that cannot be reached or whose answers are lost, operators who act on any saga from any process.
 */
export class Disturbance {
  readonly clock = new FakeClock();
  readonly database = new MemoryDatabase();
  readonly participants = new Map<string, Participants>();
  readonly told = new Map<string, SagaSnapshot<Trip>[]>();
  readonly #processes: Process[] = [];
  #connection: Connection = "good";

  async begin(processes: number, sagas: readonly string[]): Promise<void> {
    for (let index = 0; index < processes; index++) await this.#start(index);
    await this.clock.advance(6000);
    for (const [index, id] of sagas.entries()) {
      this.participants.set(`key-of-${id}`, new Participants(tripSaga() as never, new Map()));
      await this.#processes[index % processes]?.engine.submit(trip(id));
      void this.#watch(id);
    }
  }

  /** One event out of those that are possible. */
  async choose(choice: number): Promise<void> {
    const [kind = 0, which = 0, detail = 0] = digits(choice);
    const process = this.#processes[which % this.#processes.length];
    const id = [...this.database.rows.keys()][detail % this.database.rows.size];
    if (!process || !id) return;
    switch (kind) {
      case 0:
        process.isStopped = true;
        return;
      case 1:
        return this.#goOn(process);
      case 2:
        this.#connection = connections[detail % connections.length] ?? "good";
        return;
      case 3:
        return this.#intervene(process, () => process.engine.retry(id, by));
      case 4:
        return this.#intervene(process, () => process.engine.compensate(id, by));
      case 5:
        return this.#resolve(process, id, which);
      default:
        return this.clock.advance([5, 40, 600, 2000, 7000][detail % 5] ?? 0);
    }
  }

  /** Everything works again, and every saga ends. */
  async calmDown(): Promise<void> {
    this.#connection = "good";
    for (const process of this.#processes) await this.#goOn(process);
    await this.clock.until(() => [...this.database.rows.values()].every(({ saga }) => isFinal(saga.status)), 400_000);
    await this.clock.advance(1000);
  }

  async close(): Promise<void> {
    const closed = Promise.all(this.#processes.map(({ engine }) => engine.close({ drainMs: 0 })));
    await this.clock.advance(10_000);
    await closed;
  }

  async #start(index: number): Promise<void> {
    const process = { isStopped: false, pending: [] as (() => void)[] };
    const engine = createEngine<Trip, undefined>({
      definition: tripSaga(this.#steps(process)),
      journal: this.#journal(process),
      clock: this.#clockOf(process),
      random: fixedRandom(`owner-${index}`),
    });
    this.#processes.push(Object.assign(process, { engine }));
    await engine.start();
  }

  async #goOn(process: Process): Promise<void> {
    process.isStopped = false;
    for (const go of process.pending.splice(0)) go();
    await this.clock.advance(0);
  }

  #clockOf(process: Pick<Process, "isStopped" | "pending">): Clock {
    const whenRunning = (callback: () => void) => () => {
      if (process.isStopped) process.pending.push(callback);
      else callback();
    };
    return {
      now: () => this.clock.now(),
      timestamp: () => this.clock.timestamp(),
      schedule: (delayMs, callback) => {
        let isCancelled = false;
        const cancel = this.clock.schedule(
          delayMs,
          whenRunning(() => {
            if (!isCancelled) callback();
          }),
        );
        return () => {
          isCancelled = true;
          cancel();
        };
      },
    };
  }

  /** An answer that comes while the process is stopped waits for it. */
  #through<Args extends unknown[], Answer>(
    process: Pick<Process, "isStopped" | "pending">,
    run: (...args: Args) => Promise<Answer>,
  ): (...args: Args) => Promise<Answer> {
    return async (...args) => {
      const settled = await run(...args).then(
        (answer) => () => answer,
        (err: unknown) => () => {
          throw err;
        },
      );
      if (process.isStopped) await new Promise<void>((resolve) => process.pending.push(resolve));
      return settled();
    };
  }

  #journal(process: Pick<Process, "isStopped" | "pending">): Journal<Trip, undefined> {
    const journal = memoryJournal(this.database, this.clock);
    const entries = Object.entries(journal).map(([name, run]) => [name, this.#through(process, run as never)]);
    return Object.fromEntries(entries) as Journal<Trip, undefined>;
  }

  #steps(process: Pick<Process, "isStopped" | "pending">): TripSteps {
    const call = (name: string, direction: "do" | "undo") =>
      this.#through(process, async (_trip: Trip, { key, attempt }: { key: string; attempt: number }) => {
        if (this.#connection === "blocked") return { kind: "blocked", message: "" } as never;
        if (this.#connection === "down") return { kind: "unknown", message: "no route" } as never;
        const step = tripSaga().steps.find((one) => one.name === name);
        const participants = this.participants.get(key);
        if (!step || !participants) throw new Error(`nobody knows ${name} of ${key}`);
        const answer = direction === "do" ? participants.do(step as never, attempt) : participants.undo(name);
        // It has happened, but its answer is lost.
        if (this.#connection === "deaf") return { kind: "unknown", message: "connection lost" } as never;
        return answer as never;
      }) as never;
    return {
      checkSeats: call("CheckSeats", "do"),
      holdSeat: call("HoldSeat", "do"),
      releaseSeat: call("HoldSeat", "undo"),
      charge: call("Charge", "do"),
      refund: call("Charge", "undo"),
      book: call("Book", "do"),
      cancel: call("Book", "undo"),
      confirm: call("Confirm", "do"),
    };
  }

  /** From a process that is stopped nobody can act. */
  async #intervene(process: Process, act: () => Promise<void>): Promise<void> {
    if (process.isStopped) return;
    const acted = act().catch((err: unknown) => {
      const isExpected = [InterventionRefusedError, SagaCompensatingError, SagaEndedError].some(
        (one) => err instanceof one,
      );
      if (!isExpected) throw err;
    });
    await this.clock.advance(0);
    await acted;
  }

  /** As the rules ask for: what is resolved has its tombstone, and that is made only when it is certain what happens. */
  async #resolve(process: Process, id: string, which: number): Promise<void> {
    const row = this.database.rows.get(id);
    const undo = Object.entries(undoNames)[which % 3];
    if (!row || !undo) return;
    const [undoName, step] = undo;
    const mayBeUndone = step !== "HoldSeat" && row.progress.turn?.verdict === "confirmed";
    if (mayBeUndone) this.participants.get(row.saga.key)?.undo(step);
    await this.#intervene(process, () => process.engine.resolve(id, undoName, by));
  }

  async #watch(id: string): Promise<void> {
    const told: SagaSnapshot<Trip>[] = [];
    this.told.set(id, told);
    const watcher = this.#processes.at(-1)?.engine;
    if (!watcher) return;
    for await (const saga of watcher.watch(id)) told.push(saga);
  }
}

function digits(choice: number): readonly number[] {
  return [choice % 10, Math.floor(choice / 10) % 10, Math.floor(choice / 100) % 10];
}
