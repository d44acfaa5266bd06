import { randomUUID } from "node:crypto";
import type { Journal, SagaSnapshot } from "../src/index.ts";
import type { TakeOver } from "../src/journal.ts";
import { type Booking, type JournalDatabase, openJournalDatabase } from "./_journal-database.ts";
import { intentOf, newTrip, writeOf } from "./_journal-rows.ts";
import type { Trip } from "./_trip.ts";

const owner = randomUUID();
const heir = randomUUID();
const definition = "a-definition";
const claim = { owner: heir, limit: 10, definitions: [definition] };

let database: JournalDatabase;
let journal: Journal<Trip, Booking>;

beforeAll(async () => {
  database = await openJournalDatabase();
  journal = database.journal();
});
beforeEach(async () => {
  await database.pool.query("TRUNCATE order_sagas, saga_dead_letters, trips, outbox");
});
afterAll(() => database.close());

async function insertTrip(): Promise<SagaSnapshot<Trip>> {
  const saga = newTrip();
  await journal.insert(intentOf(saga), owner, definition);
  return saga;
}

async function takeOverOf(saga: SagaSnapshot<Trip>): Promise<TakeOver<Trip>> {
  const found = await journal.inspect(saga.id);
  if (!found) throw new Error("no saga");
  const { epoch, seq, progress } = found;
  const history = [{ step: "Retry", status: "Completed", message: "oscar", attempt: 1, timestamp: "" } as const];
  return { epoch, seq, progress, saga: { ...found.saga, status: "InProgress", history }, deadLetters: [] };
}

test("a look takes nothing, and finds the saga as it stands", async () => {
  const saga = await insertTrip();
  await journal.write(writeOf(saga, { seq: 3, status: "Parked", dueInMs: 60_000, parkedForMs: 2000 }));
  const found = await journal.inspect(saga.id);
  expect(found).toMatchObject({
    epoch: 1,
    seq: 3,
    clean: true,
    definition,
    saga: { status: "Parked", isParked: true },
  });
  expect(found?.parkedForMs).toBeGreaterThanOrEqual(2000);
  expect(await journal.inspect(randomUUID())).toBeUndefined();
  expect(await journal.inspect(saga.id)).toMatchObject({ epoch: 1, seq: 3 });
});

test("a taking over of what nobody runs makes it due, and keeps it clean", async () => {
  const saga = await insertTrip();
  await journal.write(writeOf(saga, { status: "Parked", dueInMs: 60_000, parkedForMs: 2000 }));
  expect(await journal.takeOver(await takeOverOf(saga))).toBe(true);
  const [claimed] = await journal.claimDue(claim);
  expect(claimed).toMatchObject({ clean: true, epoch: 3, seq: 1, saga: { history: [{ step: "Retry" }] } });
  expect(claimed?.parkedForMs).toBeUndefined();
});

test("what an operator has decided is there for the next owner, and since when the saga has waited", async () => {
  const saga = await insertTrip();
  await journal.write(writeOf(saga, { status: "Parked", dueInMs: 60_000, parkedForMs: 2000 }));
  const change = await takeOverOf(saga);
  const refusal = { code: "CANCELLED_BY_OPERATOR", message: "", step: "Charge" };
  const progress = { ...change.progress, retriedFrom: { Charge: 4 }, refusal };
  expect(await journal.takeOver({ ...change, progress, parkedForMs: 50_000 })).toBe(true);
  const [claimed] = await journal.claimDue(claim);
  expect(claimed).toMatchObject({ progress, saga: { data: saga.data, currentStep: "Charge" } });
  expect(claimed?.parkedForMs).toBeGreaterThanOrEqual(50_000);
});

test("nothing takes over what has ended, though it was seen so", async () => {
  const saga = await insertTrip();
  await journal.write(writeOf(saga, { status: "Completed" }));
  expect(await journal.takeOver(await takeOverOf(saga))).toBe(false);
  expect(await journal.read([saga.id])).toMatchObject([{ status: "Completed", history: [] }]);
});

test("a taking over from a living owner replaces it, and the saga is no longer clean", async () => {
  const saga = await insertTrip();
  expect(await journal.takeOver(await takeOverOf(saga))).toBe(true);
  expect(await journal.write(writeOf(saga, { seq: 1, status: "Completed" }))).toBe("replaced");
  expect(await journal.claimDue(claim)).toMatchObject([{ clean: false, epoch: 3, saga: { status: "InProgress" } }]);
});

test.each([
  ["has written", (saga: SagaSnapshot<Trip>) => journal.write(writeOf(saga, { seq: 1 }))],
  ["has ended", (saga: SagaSnapshot<Trip>) => journal.write(writeOf(saga, { seq: 1, status: "Completed" }))],
  ["was claimed", () => journal.claimOwn({ ...claim, owner }, [], 0)],
])("a taking over of what %s since the look changes nothing", async (_, goOn) => {
  const saga = await insertTrip();
  const change = await takeOverOf(saga);
  await goOn(saga);
  const before = await journal.inspect(saga.id);
  expect(await journal.takeOver({ ...change, deadLetters: [leftLetter] })).toBe(false);
  expect({ ...(await journal.inspect(saga.id)), ageMs: 0 }).toEqual({ ...before, ageMs: 0 });
  expect((await database.pool.query("SELECT FROM saga_dead_letters")).rowCount).toBe(0);
});

const leftLetter = {
  kind: "left",
  step: "Refund",
  status: "Open",
  reason: "STEP_EXHAUSTED",
  attempts: 4,
  lastError: "",
  request: {},
} as const;

test("a taking over changes the dead letters in the same transaction", async () => {
  const saga = await insertTrip();
  await journal.write(writeOf(saga, { status: "Compensating", dueInMs: 60_000, deadLetters: [leftLetter] }));
  const closed = { kind: "closed", step: "Refund", status: "WorkedOff" } as const;
  expect(await journal.takeOver({ ...(await takeOverOf(saga)), deadLetters: [closed] })).toBe(true);
  const { rows } = await database.pool.query("SELECT status FROM saga_dead_letters");
  expect(rows).toEqual([{ status: "WorkedOff" }]);
});

test("of many operators at one moment, one takes the saga over", async () => {
  const saga = await insertTrip();
  const change = await takeOverOf(saga);
  const taken = await Promise.all(Array.from({ length: 6 }, () => journal.takeOver(change)));
  expect(taken.filter(Boolean)).toHaveLength(1);
});

test("an undo that is parked is told from one that backs off, and from one that is being called", async () => {
  const [parked, backingOff] = [await insertTrip(), await insertTrip()];
  await journal.write(writeOf(parked, { status: "Compensating", dueInMs: 0, parkedForMs: 0 }));
  await journal.write(writeOf(backingOff, { status: "Compensating", dueInMs: 60_000 }));
  const isParked = async () => {
    const sagas = await journal.read([parked.id, backingOff.id]);
    return [parked, backingOff].map(({ id }) => sagas.find((saga) => saga.id === id)?.isParked);
  };
  expect(await isParked()).toEqual([true, undefined]);
  await journal.claimDue(claim);
  expect(await isParked()).toEqual([undefined, undefined]);
});

test("counts what waits in one question, and what nobody here knows how to run", async () => {
  const [known, unknown, ended] = [await insertTrip(), newTrip(), newTrip()];
  for (const saga of [unknown, ended]) await journal.insert(intentOf(saga), owner, "another");
  await journal.write(writeOf(known, { status: "Parked", dueInMs: 60_000, parkedForMs: 90_000 }));
  await journal.write(writeOf(ended, { status: "Completed" }));
  const [undoing, stuck] = [await insertTrip(), await insertTrip()];
  await journal.write(writeOf(undoing, { status: "Compensating" }));
  await journal.write(writeOf(stuck, { status: "Compensating", dueInMs: 60_000, parkedForMs: 300_000 }));
  const backlog = await journal.backlog([definition]);
  expect(backlog).toMatchObject({ parked: 2, unknownDefinition: 1 });
  // An undo that cannot be done is what an operator has to hear of first.
  expect(backlog.oldestParkedSeconds).toBeGreaterThanOrEqual(300);
  await journal.write(writeOf(stuck, { seq: 9, status: "Compensated" }));
  expect(await journal.backlog([definition])).toMatchObject({ parked: 1 });
  expect(await journal.backlog([definition, "another"])).toMatchObject({ unknownDefinition: 0 });
});
