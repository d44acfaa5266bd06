import { randomUUID } from "node:crypto";
import { type Journal, JournalRefusedError, type Projection, type SagaSnapshot } from "../src/index.ts";
import { type Booking, type JournalDatabase, openJournalDatabase, tripProjection } from "./_journal-database.ts";
import { intentOf, newTrip, writeOf } from "./_journal-rows.ts";
import type { Trip } from "./_trip.ts";

const owner = randomUUID();
const definition = "a-definition";

let database: JournalDatabase;

beforeEach(async () => {
  database = await openJournalDatabase();
});
afterEach(() => database.close());

describe("one saga fails alone in its batch", () => {
  const unheld = [
    ["a bigint", { traveller: "Ada", price: 10n as never }],
    ["U+0000", { traveller: "Ada\0" }],
    ["half a surrogate pair", { traveller: "Ada \ud83d" }],
    ["a number too large for the projection", { traveller: "Ada", price: 1e12 }],
  ] as const;

  test.each(unheld)("when its data holds %s", async (_what, data) => {
    const journal = database.journal();
    const sagas = await insertTrips(journal, 9);
    const writes = sagas.map((saga, index) => journal.write(ended(index === 4 ? { ...saga, data } : saga)));
    await expectOnlyOneRefused(writes, 4);
  });

  test("when it cannot be inserted", async () => {
    const journal = database.journal();
    const data = { traveller: "Ada\0" };
    const trips = Array.from({ length: 9 }, (_, index) => newTrip(index === 4 ? { data } : {}));
    const inserts = trips.map((trip) => journal.insert(intentOf(trip), owner, definition));
    await expectOnlyOneRefused(inserts, 4);
  });

  test("when the projection throws at it", async () => {
    const fussy = projectionThat((sagas) => {
      if (sagas.some(({ data }) => data.traveller === "Bob")) throw new TypeError("no Bob");
    });
    const journal = database.journal(database.pool, fussy);
    const sagas = await insertTrips(journal, 9);
    const data = { traveller: "Bob" };
    const writes = sagas.map((saga, index) => journal.write(ended(index === 4 ? { ...saga, data } : saga)));
    await expectOnlyOneRefused(writes, 4);
    const { rows } = await database.pool.query("SELECT count(*)::int AS count FROM outbox");
    expect(rows).toEqual([{ count: 8 }]);
  });

  test("when the projection throws at its intent", async () => {
    const fussy: Projection<Trip, Booking> = {
      ...tripProjection,
      insert: async (tx, intents) => {
        const keys = await tripProjection.insert(tx, intents);
        if (intents.some(({ data }) => data.traveller === "Bob")) throw new TypeError("no Bob");
        return keys;
      },
    };
    const journal = database.journal(database.pool, fussy);
    const data = { traveller: "Bob" };
    const trips = Array.from({ length: 9 }, (_, index) => newTrip(index === 4 ? { data } : {}));
    const inserts = trips.map((trip) => journal.insert(intentOf(trip), owner, definition));
    await expectOnlyOneRefused(inserts, 4);
    const { rows } = await database.pool.query("SELECT count(*)::int AS count FROM trips");
    expect(rows).toEqual([{ count: 8 }]);
  });
});

test("where the database is lost while a batch is run again row by row, no row is tried after the first that finds out", async () => {
  let connects = 0;
  let isLost = false;
  const pool = {
    options: database.pool.options,
    query: database.pool.query.bind(database.pool),
    connect: async () => {
      connects++;
      if (isLost) throw new Error("connect ETIMEDOUT");
      return database.pool.connect();
    },
  } as unknown as JournalDatabase["pool"];
  const journal = database.journal(
    pool,
    projectionThat((sagas) => {
      if (sagas.length === 1) return; // perhaps after the batch
      isLost = true;
      throw new TypeError("no batches");
    }),
  );
  const sagas = await insertTrips(journal, 20);
  connects = 0;
  const outcomes = await Promise.allSettled(sagas.map((saga) => journal.write(ended(saga))));
  // Two go out at once, each alone; the other 18 together, and then one of them alone.
  expect(connects).toBe(4);
  const lost = outcomes.filter(({ status }) => status === "rejected");
  expect(lost).toHaveLength(18);
  for (const outcome of lost) expect(outcome).toMatchObject({ reason: { message: "connect ETIMEDOUT" } });
});

test("a fault that the projection swallows is not taken for a commit", async () => {
  const careless: Projection<Trip, Booking> = {
    ...tripProjection,
    apply: async (tx) => {
      await tx.query("SELECT 1/0").catch(() => undefined);
    },
  };
  const journal = database.journal(database.pool, careless);
  const [saga] = await insertTrips(journal, 1);
  await expect(journal.write(ended(saga as SagaSnapshot<Trip>))).rejects.toThrow("rolled back");
  expect(await journal.read([saga?.id ?? ""])).toMatchObject([{ status: "Started" }]);
});

test("a projection that waits in vain for an answer refuses nothing", async () => {
  const silent = projectionThat(() => {
    throw new Error("Query read timeout");
  });
  const journal = database.journal(database.pool, silent);
  const [saga] = await insertTrips(journal, 1);
  const fault: unknown = await journal.write(ended(saga as SagaSnapshot<Trip>)).catch((err: unknown) => err);
  expect(fault).not.toBeInstanceOf(JournalRefusedError);
  expect(fault).toMatchObject({ message: "Query read timeout" });
});

test("batches take their rows in the order of their ids, whatever order they came in", async () => {
  const batches: (readonly string[])[] = [];
  const journal = database.journal(database.pool, {
    insert: (tx, intents) => {
      batches.push(intents.map(({ sagaId }) => sagaId));
      return tripProjection.insert(tx, intents);
    },
    apply: (tx, sagas) => {
      batches.push(sagas.map(({ id }) => id));
      return tripProjection.apply(tx, sagas);
    },
  });
  const trips = Array.from({ length: 20 }, () => newTrip()).sort((left, right) => (left.id > right.id ? -1 : 1));
  await Promise.all(trips.map((trip) => journal.insert(intentOf(trip), owner, definition)));
  await Promise.all(trips.map((trip) => journal.write(ended(trip))));
  // Each time two go out at once, each alone, and the other 18 gather meanwhile.
  expect(batches.map(({ length }) => length).sort()).toEqual([1, 1, 1, 1, 18, 18]);
  for (const ids of batches) expect(ids).toEqual([...ids].sort());
});

async function insertTrips(journal: Journal<Trip, Booking>, count: number): Promise<readonly SagaSnapshot<Trip>[]> {
  const trips = Array.from({ length: count }, () => newTrip());
  await Promise.all(trips.map((trip) => journal.insert(intentOf(trip), owner, definition)));
  return trips;
}

function ended(saga: SagaSnapshot<Trip>) {
  return writeOf(saga, { status: "Completed" });
}

/** The usual projection, which does this when it is shown sagas. */
function projectionThat(react: (sagas: readonly SagaSnapshot<Trip>[]) => void): Projection<Trip, Booking> {
  return {
    ...tripProjection,
    apply: async (tx, sagas) => {
      await tripProjection.apply(tx, sagas);
      react(sagas);
    },
  };
}

async function expectOnlyOneRefused(results: readonly Promise<unknown>[], refused: number): Promise<void> {
  const outcomes = await Promise.allSettled(results);
  const isFine = outcomes.map((outcome) => outcome.status === "fulfilled");
  expect(isFine).toEqual(outcomes.map((_outcome, index) => index !== refused));
  expect(outcomes[refused]).toMatchObject({ reason: expect.any(JournalRefusedError) });
}
