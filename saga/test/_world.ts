import { FakeClock } from "@shop/testkit/fake-clock";
import {
  createEngine,
  type Engine,
  type EngineOptions,
  type Journal,
  type Random,
  type SagaEvent,
} from "../src/index.ts";
import { MemoryDatabase, memoryJournal } from "./_memory-journal.ts";
import { type Trip, type TripSteps, tripSaga } from "./_trip.ts";

/** A clock and a database, and processes that come and go in it. */
export class World {
  readonly clock = new FakeClock();
  readonly database = new MemoryDatabase();
  readonly events: SagaEvent[] = [];
  readonly #engines: Engine<Trip, undefined>[] = [];

  journal(): Journal<Trip, undefined> {
    return memoryJournal(this.database, this.clock);
  }

  async start(
    steps: Partial<TripSteps> = {},
    options: Partial<EngineOptions<Trip, undefined>> = {},
  ): Promise<Engine<Trip, undefined>> {
    const engine = createEngine<Trip, undefined>({
      definition: tripSaga(steps),
      journal: this.journal(),
      clock: this.clock,
      random: fixedRandom(`owner-${this.#engines.length}`),
      observe: (event) => this.events.push(event),
      ...options,
    });
    this.#engines.push(engine);
    await engine.start();
    return engine;
  }

  /** The saga as `step status attempt` lines, and where it stands. */
  get history(): readonly string[] {
    return this.database.row.saga.history.map(({ step, status, attempt }) => `${step} ${status} ${attempt}`);
  }

  get status(): string {
    return this.database.row.saga.status;
  }

  eventsOf(kind: SagaEvent["kind"]): readonly SagaEvent[] {
    return this.events.filter((event) => event.kind === kind);
  }

  async close(): Promise<void> {
    const closing = Promise.all(this.#engines.map((engine) => engine.close({ drainMs: 0 })));
    await this.clock.advance(10_000);
    await closing;
  }
}

/** A new trip. */
export function trip(id = "saga-1"): { id: string; key: string; data: Trip; entity: undefined } {
  return { id, key: `key-of-${id}`, data: { traveller: "Ada" }, entity: undefined };
}

/** Chance without surprises: delays are the longest the rules allow. */
export function fixedRandom(prefix: string): Random {
  let count = 0;
  return { fraction: () => 0.999_999, uuid: () => `${prefix}-${count++}` };
}
