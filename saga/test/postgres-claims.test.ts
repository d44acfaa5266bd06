import { randomUUID } from "node:crypto";
import type { Journal, SagaSnapshot } from "../src/index.ts";
import { type Booking, type JournalDatabase, openJournalDatabase } from "./_journal-database.ts";
import { intentOf, newTrip, writeOf } from "./_journal-rows.ts";
import type { Trip } from "./_trip.ts";

const owner = randomUUID();
const heir = randomUUID();
const definition = "a-definition";

let database: JournalDatabase;
let journal: Journal<Trip, Booking>;

beforeAll(async () => {
  database = await openJournalDatabase();
  journal = database.journal();
});
beforeEach(async () => {
  await database.pool.query("TRUNCATE order_sagas, saga_dead_letters, saga_owners, trips, outbox");
});
afterAll(() => database.close());

describe("a claim", () => {
  const claim = { owner: heir, limit: 10, definitions: [definition] };

  test("takes what is due and has no owner, and keeps it clean", async () => {
    const [due, later, owned] = [await insertTrip(), await insertTrip(), await insertTrip()];
    await journal.write(writeOf(due, { seq: 1, status: "Parked", dueInMs: 0, parkedForMs: 5000 }));
    await journal.write(writeOf(later, { seq: 1, status: "Parked", dueInMs: 60_000, parkedForMs: 1000 }));
    const [claimed, ...others] = await journal.claimDue(claim);
    expect(others).toEqual([]);
    expect(claimed).toMatchObject({ saga: { id: due.id, status: "Parked" }, clean: true, epoch: 2, seq: 1 });
    expect(claimed?.parkedForMs).toBeGreaterThanOrEqual(5000);
    expect(claimed?.ageMs).toBeGreaterThan(0);
    expect(owned.id).not.toBe(claimed?.saga.id);
    expect(await journal.backlog([definition])).toMatchObject({ parked: 2, unknownDefinition: 0 });
    expect(await journal.backlog([])).toMatchObject({ unknownDefinition: 3 });
  });

  test("takes nothing whose definition it does not know", async () => {
    const saga = await insertTrip();
    await journal.write(writeOf(saga, { seq: 1, dueInMs: 0 }));
    expect(await journal.claimDue({ ...claim, definitions: ["another"] })).toEqual([]);
  });

  test("takes what has been due for longest first", async () => {
    const sagas = [await insertTrip(), await insertTrip(), await insertTrip()];
    for (const saga of sagas) await journal.write(writeOf(saga, { seq: 1, dueInMs: 0 }));
    for (const [index, seconds] of [10, 30, 20].entries()) {
      await database.pool.query("UPDATE order_sagas SET due_at = now() - $2 * interval '1 second' WHERE id = $1", [
        sagas[index]?.id,
        seconds,
      ]);
    }
    const claimed: (string | undefined)[] = [];
    for (let page = 0; page < 3; page++) claimed.push((await journal.claimDue({ ...claim, limit: 1 }))[0]?.saga.id);
    expect(claimed).toEqual([1, 2, 0].map((index) => sagas[index]?.id));
  });

  test("takes nothing of its own that is so young that it may not know of it yet", async () => {
    const saga = await insertTrip();
    const own = { ...claim, owner };
    expect(await journal.claimOwn(own, [], 60_000)).toEqual([]);
    await database.pool.query("UPDATE order_sagas SET created_at = now() - interval '61 seconds'");
    expect(await journal.claimOwn(own, [], 60_000)).toMatchObject([{ saga: { id: saga.id } }]);
  });

  test("takes what waits for a participant that is back", async () => {
    const saga = await insertTrip();
    await journal.write(writeOf(saga, { seq: 1, status: "Parked", currentStep: "Charge", dueInMs: 60_000 }));
    await journal.wake(["Book"]);
    expect(await journal.claimDue(claim)).toEqual([]);
    await journal.wake(["Charge", "Refund"]);
    expect(await journal.claimDue(claim)).toHaveLength(1);
  });

  test("takes what a lost owner has left, not what a living one holds, and not as clean", async () => {
    const saga = await insertTrip();
    await beatSteadily(heir);
    await journal.beat(owner, 4000);
    expect(await journal.claimLost(claim, 5000, 4000)).toEqual([]);
    await age("beat_at", owner, 6);
    expect(await journal.claimLost(claim, 5000, 4000)).toMatchObject([
      { saga: { id: saga.id }, clean: false, epoch: 2 },
    ]);
  });

  test("takes what an owner has retired from, and what is its own but not held", async () => {
    const [mine, held] = [await insertTrip(), await insertTrip()];
    const own = { ...claim, owner };
    expect(await journal.claimOwn(own, [held.id], 0)).toMatchObject([{ saga: { id: mine.id }, clean: false }]);
    await journal.beat(owner, 4000);
    await journal.retire(owner);
    await beatSteadily(heir);
    expect(await journal.claimLost(claim, 5000, 4000)).toHaveLength(2);
  });

  test.each([
    ["whose own heartbeat is almost as old", "beat_at", 4.5],
    ["whose own heartbeat was broken a moment ago", "steady_since", 4],
  ] as const)("of one %s takes nothing from others, whom it may only seem to have lost", async (_, column, seconds) => {
    await insertTrip();
    await journal.beat(owner, 4000);
    await age("beat_at", owner, 6);
    await beatSteadily(heir);
    await age(column, heir, seconds);
    expect(await journal.claimLost(claim, 5000, 4000)).toEqual([]);
  });

  test("counts the claimer's heartbeat as broken after a gap, and as unbroken without one", async () => {
    await insertTrip();
    await beatSteadily(heir);
    await age("beat_at", heir, 4.5);
    await journal.beat(heir, 4000);
    expect(await journal.claimLost(claim, 5000, 4000)).toEqual([]);
    await beatSteadily(heir);
    await age("beat_at", heir, 3.5);
    await journal.beat(heir, 4000);
    expect(await journal.claimLost(claim, 5000, 4000)).toHaveLength(1);
  });

  test("does not wait for a saga that somebody else is about to take", async () => {
    const sagas = [await insertTrip(), await insertTrip()];
    for (const saga of sagas) await journal.write(writeOf(saga, { seq: 1, dueInMs: 0 }));
    const client = await database.pool.connect();
    try {
      await client.query("BEGIN");
      await client.query("SELECT FROM order_sagas WHERE id = $1 FOR UPDATE", [sagas[0]?.id]);
      expect(await journal.claimDue(claim)).toMatchObject([{ saga: { id: sagas[1]?.id } }]);
      await client.query("ROLLBACK");
    } finally {
      client.release();
    }
    expect(await journal.claimDue(claim)).toMatchObject([{ saga: { id: sagas[0]?.id } }]);
  });

  test("never gives one saga to two", async () => {
    const sagas = await Promise.all(Array.from({ length: 60 }, () => insertTrip()));
    await Promise.all(sagas.map((saga) => journal.write(writeOf(saga, { seq: 1, dueInMs: 0 }))));
    const claims = await Promise.all(Array.from({ length: 6 }, () => journal.claimDue({ ...claim, limit: 20 })));
    const ids = claims.flat().map((claimed) => claimed.saga.id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

async function insertTrip(): Promise<SagaSnapshot<Trip>> {
  const saga = newTrip();
  await journal.insert(intentOf(saga), owner, definition);
  return saga;
}

/** As if it had beaten for a minute. */
async function beatSteadily(id: string): Promise<void> {
  await journal.beat(id, 4000);
  await age("steady_since", id, 60);
}

async function age(column: "beat_at" | "steady_since", id: string, seconds: number): Promise<void> {
  await database.pool.query(`UPDATE saga_owners SET ${column} = now() - $2 * interval '1 second' WHERE id = $1`, [
    id,
    seconds,
  ]);
}
