import { randomUUID } from "node:crypto";
import { createEngine, type Engine, type EngineOptions } from "../src/index.ts";
import { type Booking, type JournalDatabase, openJournalDatabase } from "./_journal-database.ts";
import { refuse, type Trip, type TripSteps, tripSaga } from "./_trip.ts";

let database: JournalDatabase;
const engines: Engine<Trip, Booking>[] = [];

beforeAll(async () => {
  database = await openJournalDatabase();
});
afterAll(async () => {
  for (const engine of engines) await engine.close({ drainMs: 100 });
  await database.close();
});

test("runs a trip to its end and leaves one row, one projection and one event", async () => {
  const engine = await startEngine();
  const saga = newTrip();
  expect(await engine.submit(saga)).toBe("created");
  const settled = await engine.settled(saga.id, { withinMs: 5000 });
  expect(settled).toMatchObject({ status: "Completed", currentStep: "Confirm", data: { seat: "12A", price: 4200 } });
  expect(settled?.history.map((entry) => `${entry.step} ${entry.status}`)).toEqual([
    "CheckSeats Completed",
    "HoldSeat Completed",
    "Charge Completed",
    "Book Completed",
    "Confirm Completed",
  ]);
  expect(await rowsOf(saga.id)).toEqual({ status: "Completed", trip: "Completed", price: 4200, events: ["completed"] });
});

test("undoes in reverse order what a refusal leaves behind", async () => {
  const engine = await startEngine({ book: refuse("NO_ROOM") });
  const saga = newTrip();
  await engine.submit(saga);
  const settled = await engine.settled(saga.id, { withinMs: 5000 });
  expect(settled).toMatchObject({ status: "Compensated", failure: { code: "NO_ROOM", step: "Book" } });
  expect(settled?.history.slice(-2).map((entry) => entry.step)).toEqual(["Refund", "ReleaseSeat"]);
  expect(await rowsOf(saga.id)).toMatchObject({ status: "Compensated", trip: "Failed", events: ["failed"] });
});

test("tells the loser of a conflict, and writes nothing for it", async () => {
  const engine = await startEngine();
  const first = newTrip();
  const second = { ...newTrip(), entity: first.entity };
  const outcomes = await Promise.all([engine.submit(first), engine.submit(second)]);
  expect(outcomes.sort()).toEqual(["conflict", "created"]);
});

test("continues what a lost process has left behind", async () => {
  let isUp = false;
  const steps = {
    charge: (): Promise<{ kind: "done" }> => (isUp ? Promise.resolve({ kind: "done" }) : new Promise(() => {})),
  };
  const times = { heartbeatMs: 50, staleAfterMs: 300, pollMs: 50, sweepMs: 100 };
  const journal = database.journal();
  const lost = createEngine<Trip, Booking>({
    definition: tripSaga(steps),
    // Its heartbeat stops after the first, as a killed process's does.
    journal: { ...journal, beat: once(journal.beat), write: () => new Promise(() => {}) },
    times,
  });
  await lost.start();
  engines.push(lost);
  const saga = newTrip();
  await lost.submit(saga);
  isUp = true;
  const heir = await startEngine(steps, { times });
  expect(await heir.settled(saga.id, { withinMs: 5000 })).toMatchObject({ status: "Completed" });
  const { rows } = await database.pool.query("SELECT clean, epoch FROM order_sagas WHERE id = $1", [saga.id]);
  expect(rows).toEqual([{ clean: false, epoch: 2 }]);
});

async function startEngine(
  steps: Partial<TripSteps> = {},
  options: Partial<EngineOptions<Trip, Booking>> = {},
): Promise<Engine<Trip, Booking>> {
  const engine = createEngine<Trip, Booking>({ definition: tripSaga(steps), journal: database.journal(), ...options });
  await engine.start();
  engines.push(engine);
  return engine;
}

function newTrip() {
  return { id: randomUUID(), key: randomUUID(), data: { traveller: "Ada" }, entity: { reference: randomUUID() } };
}

async function rowsOf(sagaId: string) {
  const { rows } = await database.pool.query(
    `SELECT saga.status, trips.status AS trip, trips.price,
        (SELECT array_agg(event) FROM outbox WHERE saga_id = saga.id) AS events
      FROM order_sagas AS saga JOIN trips ON trips.id = saga.order_id WHERE saga.id = $1`,
    [sagaId],
  );
  return rows[0];
}

function once<Args extends unknown[]>(run: (...args: Args) => Promise<void>): (...args: Args) => Promise<void> {
  let ran = false;
  return (...args) => {
    if (ran) return new Promise(() => {});
    ran = true;
    return run(...args);
  };
}
