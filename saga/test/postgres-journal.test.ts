import { randomUUID } from "node:crypto";
import { eventually } from "@shop/testkit/eventually";
import pg from "pg";
import { type Journal, JournalRefusedError, type SagaSnapshot } from "../src/index.ts";
import { quotedTables } from "../src/journal/tables.ts";
import { sagaWriteRow, sourceOfWrites, updateStatement } from "../src/journal/update-sagas.ts";
import { type Booking, type JournalDatabase, openJournalDatabase } from "./_journal-database.ts";
import { intentOf, newTrip, writeOf } from "./_journal-rows.ts";
import type { Trip } from "./_trip.ts";

const owner = randomUUID();
const heir = randomUUID();
const definition = "a-definition";

let database: JournalDatabase;
let journal: Journal<Trip, Booking>;

beforeEach(async () => {
  database = await openJournalDatabase();
  journal = database.journal();
});
afterEach(() => database.close());

describe("a write", () => {
  test("applies only where its seq is newer", async () => {
    const saga = await insertTrip();
    expect(await journal.write(writeOf(saga, { seq: 2, status: "InProgress" }))).toBe("written");
    expect(await journal.write(writeOf(saga, { seq: 1, status: "Parked" }))).toBe("written");
    expect(await statusOf(saga)).toEqual({ saga: "InProgress", trip: "Submitted" });
  });

  test("tells an owner that it was replaced, and shows the projection nothing of it", async () => {
    const saga = await insertTrip();
    await journal.write(writeOf(saga, { seq: 1, dueInMs: 0 }));
    await journal.claimDue({ owner: heir, limit: 10, definitions: [definition] });
    expect(await journal.write(writeOf(saga, { seq: 2, status: "Completed" }))).toBe("replaced");
    expect(await statusOf(saga)).toMatchObject({ trip: "Submitted" });
    expect(await journal.write(writeOf(saga, { epoch: 2, seq: 2, status: "Completed" }))).toBe("written");
    expect(await statusOf(saga)).toEqual({ saga: "Completed", trip: "Completed" });
  });

  test("never changes a saga that has ended", async () => {
    const saga = await insertTrip();
    await journal.write(writeOf(saga, { seq: 1, status: "Completed" }));
    expect(await journal.write(writeOf(saga, { seq: 2, status: "Compensating" }))).toBe("written");
    expect(await statusOf(saga)).toEqual({ saga: "Completed", trip: "Completed" });
  });

  test("whose commit was lost on the way is found when it is repeated", async () => {
    const saga = await insertTrip();
    const unlucky = database.journal(poolThatLosesCommits(database.pool));
    await expect(unlucky.write(writeOf(saga, { seq: 1, status: "Completed" }))).rejects.toThrow("connection lost");
    expect(await unlucky.write(writeOf(saga, { seq: 2, status: "Completed" }))).toBe("written");
    const { rows } = await database.pool.query("SELECT event FROM outbox WHERE saga_id = $1", [saga.id]);
    expect(rows).toEqual([{ event: "completed" }]);
  });

  test("leaves, changes and closes a dead letter", async () => {
    const saga = await insertTrip();
    await journal.write(writeOf(saga, { seq: 1, deadLetters: [{ ...letter, lastError: "no route" }] }));
    await journal.write(writeOf(saga, { seq: 2, deadLetters: [{ ...letter, lastError: "no route", attempts: 5 }] }));
    expect(await lettersOf(saga)).toEqual([{ step: "Charge", status: "Open", attempts: 5, last_error: "no route" }]);
    await journal.write(writeOf(saga, { seq: 3, deadLetters: [closed("Charge", "WorkedOff")] }));
    expect(await lettersOf(saga)).toMatchObject([{ status: "WorkedOff", last_error: "no route" }]);
  });
});

const letter = {
  kind: "left",
  step: "Charge",
  status: "Open",
  reason: "STEP_EXHAUSTED",
  attempts: 4,
  lastError: "",
  request: { step: "Charge" },
} as const;
const closed = (step: string, status: "Kept" | "WorkedOff") => ({ kind: "closed", step, status }) as const;

describe("a dead letter", () => {
  test("is left by what failed without a word", async () => {
    const saga = await insertTrip();
    await journal.write(writeOf(saga, { deadLetters: [letter] }));
    expect(await lettersOf(saga)).toEqual([{ step: "Charge", status: "Open", attempts: 4, last_error: "" }]);
  });

  test("keeps its error where a change of it has none to tell", async () => {
    const saga = await insertTrip();
    await journal.write(writeOf(saga, { seq: 1, deadLetters: [{ ...letter, lastError: "no route" }] }));
    await journal.write(writeOf(saga, { seq: 2, deadLetters: [{ ...letter, status: "Kept" }] }));
    expect(await lettersOf(saga)).toMatchObject([{ status: "Kept", last_error: "no route" }]);
  });

  test("is not made by closing what has none, and stays worked off when its saga is turned round", async () => {
    const saga = await insertTrip();
    const workedOff = { ...letter, status: "WorkedOff" } as const;
    await journal.write(writeOf(saga, { seq: 1, deadLetters: [workedOff, closed("Book", "WorkedOff")] }));
    await journal.write(writeOf(saga, { seq: 2, deadLetters: [closed("Charge", "Kept"), closed("Book", "Kept")] }));
    expect(await lettersOf(saga)).toMatchObject([{ step: "Charge", status: "WorkedOff" }]);
  });
});

describe("a heartbeat", () => {
  test("that has lost its connection finds another one though the pool has none to give", async () => {
    await journal.beat(owner, 4000);
    const all = await Promise.all(Array.from({ length: database.pool.options.max }, () => database.pool.connect()));
    try {
      const ended = await all[0]?.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE datname = current_database() AND query LIKE 'INSERT INTO saga_owners%'`,
      );
      expect(ended?.rowCount).toBe(1);
      await eventually(() => journal.beat(owner, 4000), { timeoutMs: 2000 });
    } finally {
      for (const client of all) client.release();
    }
  });
});

describe("a batch", () => {
  test("finds its rows by their keys, in order, by a plan made when the table was empty", async () => {
    expect(await planOf(2)).toMatch(/Nested Loop[\s\S]*Function Scan[\s\S]*Index Scan using order_sagas_pkey/);
  });

  test("of one row is found by its key without a join", async () => {
    const plan = await planOf(1);
    expect(plan).toMatch(/Index Scan using order_sagas_pkey/);
    expect(plan).not.toMatch(/Nested Loop|Function Scan|Values Scan/);
  });

  async function planOf(rowCount: number): Promise<string> {
    const row = sagaWriteRow(writeOf(newTrip(), { seq: 1, status: "Completed" }));
    const source = sourceOfWrites(Array.from({ length: rowCount }, () => row));
    const sql = updateStatement(quotedTables("order_sagas", "order_id"), source);
    const { rows } = await database.pool.query(`EXPLAIN (GENERIC_PLAN) ${sql}`);
    return rows.map((line) => line["QUERY PLAN"]).join("\n");
  }

  test("shares commits", async () => {
    const sagas = await Promise.all(Array.from({ length: 100 }, () => insertTrip()));
    const before = await commits();
    await Promise.all(sagas.map((saga) => journal.write(writeOf(saga, { seq: 1, status: "Completed" }))));
    expect((await commits()) - before).toBeLessThan(15);
    const { rows } = await database.pool.query("SELECT count(*)::int AS count FROM trips WHERE status = 'Completed'");
    expect(rows).toEqual([{ count: 100 }]);
  });

  test("tells a saga's late owner from its new one, though both are in it", async () => {
    const saga = await insertTrip();
    await journal.write(writeOf(saga, { seq: 1, dueInMs: 0 }));
    await journal.claimDue({ owner: heir, limit: 10, definitions: [definition] });
    // Two writers take turns: while both are busy, what comes waits for one batch.
    const busy = [await insertTrip(), await insertTrip()].map((other) => journal.write(writeOf(other, { seq: 1 })));
    const late = journal.write(writeOf(saga, { epoch: 1, seq: 2, status: "Completed" }));
    const own = journal.write(writeOf(saga, { epoch: 2, seq: 2, status: "Compensating" }));

    expect(await Promise.all([late, own])).toEqual(["replaced", "written"]);
    await Promise.all(busy);
    expect(await statusOf(saga)).toEqual({ saga: "Compensating", trip: "Submitted" });
    const { rows } = await database.pool.query("SELECT event FROM outbox WHERE saga_id = $1", [saga.id]);
    expect(rows).toEqual([]);
  });

  test("fails for the row whose data is at fault, and for no other", async () => {
    const sagas = await Promise.all(Array.from({ length: 9 }, () => insertTrip()));
    const outcomes = await Promise.allSettled(
      sagas.map((saga, index) => {
        const data = { traveller: "Ada", price: index === 4 ? 1e12 : index };
        return journal.write(writeOf({ ...saga, data }, { seq: 1, status: "Completed" }));
      }),
    );
    expect(outcomes.map((outcome) => outcome.status === "fulfilled")).toEqual(sagas.map((_saga, index) => index !== 4));
    expect(outcomes[4]).toMatchObject({ reason: expect.any(JournalRefusedError) });
  });

  test("is run again when the database gives it up to resolve a deadlock", async () => {
    await database.pool.query(`CREATE SEQUENCE deadlocks; CREATE FUNCTION deadlock_once() RETURNS trigger LANGUAGE plpgsql
      AS $$ BEGIN IF nextval('deadlocks') = 1 THEN RAISE EXCEPTION USING ERRCODE = '40P01'; END IF; RETURN new; END $$;
      CREATE TRIGGER deadlock_once BEFORE UPDATE ON trips FOR EACH ROW EXECUTE FUNCTION deadlock_once()`);
    const saga = await insertTrip();
    expect(await journal.write(writeOf(saga, { seq: 1, status: "Completed" }))).toBe("written");
    expect(await statusOf(saga)).toEqual({ saga: "Completed", trip: "Completed" });
  });

  test("survives the loss of its connection, and so does the heartbeat", async () => {
    const saga = await insertTrip();
    await journal.beat(owner, 4000);
    const blocker = new pg.Client(database.pool.options);
    blocker.on("error", () => {});
    await blocker.connect();
    await blocker.query("BEGIN");
    await blocker.query("SELECT * FROM trips FOR UPDATE");
    const lost = journal.write(writeOf(saga, { seq: 1, status: "Completed" })).catch((err: unknown) => err);
    const others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    await eventually(async () => {
      const { rows } = await database.pool.query(`SELECT ${others} AND wait_event_type = 'Lock'`);
      expect(rows).toHaveLength(1);
    });
    await database.pool.query(`SELECT pg_terminate_backend(pid) ${others}`);
    await blocker.end();
    expect(await lost).toBeInstanceOf(Error);
    expect(await journal.write(writeOf(saga, { seq: 2, status: "Completed" }))).toBe("written");
    await journal.beat(owner, 4000).catch(() => journal.beat(owner, 4000));
  });
});

describe("an insert", () => {
  test("makes no saga where the projection returns no row", async () => {
    const first = newTrip();
    const second = newTrip();
    expect(await journal.insert(intentOf(first, "a reference"), owner, definition)).toBe("created");
    expect(await journal.insert(intentOf(second, "a reference"), owner, definition)).toBe("conflict");
    expect(await journal.read([first.id, second.id])).toEqual([first]);
  });

  test("may be repeated, and is told from another's", async () => {
    const saga = newTrip();
    const intent = intentOf(saga, "a reference");
    expect(await journal.insert(intent, owner, definition)).toBe("created");
    expect(await journal.insert(intent, owner, definition)).toBe("created");
    expect(await journal.insert(intent, heir, definition)).toBe("conflict");
  });

  test("is not found again once its saga has gone on or has been taken over", async () => {
    const [written, claimed] = [await insertTrip(), await insertTrip()];
    await journal.write(writeOf(written, { seq: 1 }));
    expect(await journal.insert(intentOf(written), owner, definition)).toBe("conflict");
    await journal.claimOwn({ owner, limit: 10, definitions: [definition] }, [written.id], 0);
    expect(await journal.insert(intentOf(claimed), owner, definition)).toBe("conflict");
  });
});

async function insertTrip(): Promise<SagaSnapshot<Trip>> {
  const saga = newTrip();
  await journal.insert(intentOf(saga), owner, definition);
  return saga;
}

async function statusOf(saga: SagaSnapshot<Trip>): Promise<unknown> {
  const { rows } = await database.pool.query(
    `SELECT order_sagas.status AS saga, trips.status AS trip FROM order_sagas JOIN trips ON trips.id = order_id
      WHERE order_sagas.id = $1`,
    [saga.id],
  );
  return rows[0];
}

async function lettersOf(saga: SagaSnapshot<Trip>): Promise<readonly unknown[]> {
  const { rows } = await database.pool.query(
    "SELECT step, status, attempts, last_error FROM saga_dead_letters WHERE saga_id = $1",
    [saga.id],
  );
  return rows;
}

/** Transactions that have written, by the numbers they were given. */
async function commits(): Promise<number> {
  const { rows } = await database.pool.query("SELECT pg_current_xact_id()::text::int AS id");
  return rows[0].id;
}

/** A pool whose connections lose the answer to their first COMMIT. */
function poolThatLosesCommits(pool: pg.Pool): pg.Pool {
  let isLost = false;
  const connect = async () => {
    const client = await pool.connect();
    const query = client.query.bind(client) as (...args: unknown[]) => Promise<unknown>;
    const losing = async (...args: unknown[]): Promise<unknown> => {
      const result = await query(...args);
      if (args[0] !== "COMMIT" || isLost) return result;
      isLost = true;
      throw new Error("connection lost");
    };
    const same = { on: () => losingClient, off: () => losingClient, release: client.release };
    const losingClient = { query: losing, ...same };
    return losingClient;
  };
  return { connect, query: pool.query.bind(pool) } as unknown as pg.Pool;
}
