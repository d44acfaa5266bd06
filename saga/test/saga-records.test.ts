import { randomUUID } from "node:crypto";
import {
  createSagaRecords,
  type HistoryEntry,
  type Journal,
  type SagaFilter,
  type SagaRecords,
  type SagaSnapshot,
  type SagaStatus,
} from "../src/index.ts";
import { type Booking, type JournalDatabase, openJournalDatabase } from "./_journal-database.ts";
import { intentOf, newTrip, writeOf } from "./_journal-rows.ts";
import type { Trip } from "./_trip.ts";

const owner = randomUUID();
const definition = "a-definition";
const timestamp = "2026-01-01T00:00:00.000Z";

let database: JournalDatabase;
let journal: Journal<Trip, Booking>;
let records: SagaRecords;

beforeAll(async () => {
  database = await openJournalDatabase();
  journal = database.journal();
  records = createSagaRecords({ pool: database.pool, table: "order_sagas", keyColumn: "order_id" });
});
beforeEach(async () => {
  await database.pool.query("TRUNCATE order_sagas, saga_dead_letters, trips, outbox");
});
afterAll(() => database.close());

const letter = {
  kind: "left",
  step: "Charge",
  status: "Open",
  reason: "STEP_EXHAUSTED",
  attempts: 4,
  lastError: "no route",
  request: { key: "k", step: "Charge" },
} as const;

const entry = (step: string, status: HistoryEntry["status"], message = "", attempt = 1): HistoryEntry => {
  return { step, status, message, attempt, timestamp };
};

async function insert(status: SagaStatus, change: Partial<Omit<Parameters<typeof writeOf>[1], "status">> = {}) {
  const saga = newTrip();
  await journal.insert(intentOf(saga), owner, definition);
  const letGo = { dueInMs: 60_000, ...change };
  await journal.write(writeOf(saga, { status, ...(isOver(status) ? change : letGo) }));
  return saga;
}

function isOver(status: SagaStatus): boolean {
  return status === "Completed" || status === "Failed" || status === "Compensated";
}

describe("the list of sagas", () => {
  async function listed(filter: SagaFilter): Promise<readonly string[]> {
    return (await records.listSagas(filter, { limit: 100 })).map(({ id }) => id);
  }

  test("has them in the order of their ids, page by page, each once, whatever their status", async () => {
    const statuses = ["Parked", "Completed", "Compensating", "Failed", "InProgress", "Parked"] as const;
    const ids: string[] = [];
    for (const status of statuses) ids.push((await insert(status)).id);
    const found: string[] = [];
    for (let after: readonly string[] | undefined; ; ) {
      const page = await records.listSagas({}, { limit: 2, after });
      found.push(...page.map(({ id }) => id));
      after = page.at(-1)?.keys;
      if (page.length < 2) break;
    }
    expect(found).toEqual(ids.sort());
    expect(await listed({ statuses })).toEqual(ids);
    const [first, second] = await records.listSagas({ statuses }, { limit: 2 });
    expect(await records.listSagas({ statuses }, { limit: 1, after: first?.keys })).toEqual([second]);
  });

  test("is narrowed by status, step and age", async () => {
    const parked = await insert("Parked", { currentStep: "Charge" });
    const other = await insert("Parked", { currentStep: "Book" });
    const ended = await insert("Completed", { currentStep: "Charge" });
    await database.pool.query("UPDATE order_sagas SET created_at = now() - interval '1 hour' WHERE id = $1", [
      other.id,
    ]);
    expect(await listed({ statuses: ["Parked"], currentStep: "Charge" })).toEqual([parked.id]);
    expect(await listed({ statuses: ["Parked", "Completed", "Parked"] })).toEqual(
      [other.id, parked.id, ended.id].sort(),
    );
    expect(await listed({ olderThanMs: 600_000 })).toEqual([other.id]);
    expect(await listed({ statuses: ["Failed"] })).toEqual([]);
  });

  test("is narrowed by what the failure's code or a message contains, whatever the case, and as it stands", async () => {
    const failure = { code: "PAYMENT_DECLINED", message: "", step: "Charge" };
    const progress = { calls: {}, undone: [], parks: 0, writer: owner };
    const told = await insert("Compensated", { progress: { ...progress, turn: { failure, verdict: "confirmed" } } });
    // Nothing is told of a failure that is not certain.
    await insert("Compensating", { progress: { ...progress, turn: { failure, verdict: "awaited" } } });
    const parked = await insertWith([entry("Charge", "Running", "connection 100%_lost")]);
    expect(await listed({ error: "payment_dec" })).toEqual([told.id]);
    expect(await listed({ error: "100%_LOST" })).toEqual([parked.id]);
    expect(await listed({ error: "100%lost" })).toEqual([]);
    expect(await records.listSagas({ error: "declined" }, { limit: 1 })).toMatchObject([{ failure }]);
  });

  test("tells when a saga began and ended, and nothing of its data", async () => {
    const saga = await insert("Completed");
    const [found] = await records.listSagas({}, { limit: 1 });
    expect(found).toMatchObject({ id: saga.id, key: saga.key, status: "Completed", history: [] });
    expect(Date.parse(found?.completedAt ?? "")).toBeGreaterThanOrEqual(Date.parse(found?.startedAt ?? ""));
    expect(JSON.stringify(found)).not.toContain("Ada");
  });

  test("finds a page by an index, in its order, however many sagas have ended well", async () => {
    await insertMany(5000);
    const planFor = (filter: SagaFilter, after?: readonly string[]) =>
      planOf((explaining) => explaining.listSagas(filter, { limit: 20, after }));
    const after = [randomUUID()];
    expect(await planFor({}, after)).toMatch(/Index Scan using order_sagas_pkey .*\n *Index Cond: \(id > /);
    expect(await planFor({ statuses: ["Completed"] }, after)).toMatch(/Index Scan using order_sagas_pkey/);
    expect(await planFor({ statuses: ["Failed"] })).toMatch(
      /Index Scan using order_sagas_undone .*\n *Index Cond: \(\(status/,
    );
    const open = await planFor({ statuses: ["Parked", "Compensating", "InProgress"], currentStep: "Refund" });
    expect(open).toMatch(/order_sagas_(parked|owned)/);
    for (const statuses of [
      ["Failed", "Compensated"],
      ["Started", "InProgress", "Compensating", "Parked"],
    ] as const) {
      expect(await planFor({ statuses, olderThanMs: 1000 })).not.toMatch(/order_sagas_pkey|Seq Scan/);
    }
  });

  async function insertMany(count: number): Promise<void> {
    await database.pool.query(
      `INSERT INTO order_sagas (id, order_id, status, current_step, data, definition_hash, completed_at)
        SELECT uuidv7(), uuidv7(), 'Completed', 'Confirm', '{}', '', now() FROM generate_series(1, $1)`,
      [count],
    );
    for (const status of ["Parked", "Compensated"] as const) await insert(status);
    await database.pool.query("ANALYZE order_sagas");
  }

  async function insertWith(history: readonly HistoryEntry[]): Promise<SagaSnapshot<Trip>> {
    const saga = newTrip({ history });
    await journal.insert(intentOf(saga), owner, definition);
    await journal.write(writeOf(saga, { status: "Parked", dueInMs: 60_000 }));
    return saga;
  }
});

describe("the list of dead letters", () => {
  test("has them oldest first, page by page, and is narrowed by status, step and saga", async () => {
    const one = await insert("Parked", { deadLetters: [letter] });
    const two = await insert("Compensated", {
      deadLetters: [
        { ...letter, status: "Kept" },
        { ...letter, step: "Refund", status: "WorkedOff" },
      ],
    });
    const found = async (...args: Parameters<SagaRecords["deadLetters"]>) =>
      (await records.deadLetters(...args)).map(({ sagaId, step, status }) => [sagaId, step, status]);
    const all = [
      [one.id, "Charge", "Open"],
      [two.id, "Charge", "Kept"],
      [two.id, "Refund", "WorkedOff"],
    ];
    expect(await found({}, { limit: 10 })).toEqual(all);
    const [first] = await records.deadLetters({}, { limit: 1 });
    expect(await found({}, { limit: 10, after: first?.keys })).toEqual(all.slice(1));
    expect(await found({ statuses: ["Open", "WorkedOff"] }, { limit: 10 })).toEqual([all[0], all[2]]);
    expect(await found({ step: "Charge" }, { limit: 10 })).toEqual(all.slice(0, 2));
    expect(await found({ sagaId: two.id, statuses: ["Kept"] }, { limit: 10 })).toEqual([all[1]]);
    expect(await found({ sagaId: two.id }, { limit: 10, after: first?.keys })).toEqual(all.slice(1));
  });

  test("finds the few that are open by their index, however many have been worked off", async () => {
    const saga = await insert("Parked", { deadLetters: [letter] });
    await database.pool.query(
      `INSERT INTO saga_dead_letters (saga_id, step, status, reason, attempts, last_error, request)
        SELECT $1, 'Step-' || number, 'WorkedOff', '', 4, '', '{}' FROM generate_series(1, 5000) AS number`,
      [saga.id],
    );
    await database.pool.query("ANALYZE saga_dead_letters");
    const plan = await planOf((explaining) => explaining.deadLetters({ statuses: ["Open"] }, { limit: 50 }));
    expect(plan).toContain("Index Scan using saga_dead_letters_listed");
    expect(plan).not.toContain("saga_dead_letters_pkey");
  });

  test("has each of them by its id, and by its saga and step", async () => {
    const saga = await insert("Parked", { deadLetters: [letter] });
    const found = await records.deadLetterOf(saga.id, "Charge");
    const { kind: _, ...left } = letter;
    expect(found).toMatchObject({ ...left, sagaId: saga.id, key: saga.key, updatedAt: found?.createdAt });
    expect(await records.deadLetter(found?.id ?? "")).toEqual(found);
    expect(await records.deadLetter("999999")).toBeUndefined();
    expect(await records.deadLetterOf(saga.id, "Book")).toBeUndefined();
  });
});

describe("an after-step", () => {
  const sent = (status: HistoryEntry["status"], attempt: number) => entry("SendTicket", status, "", attempt);

  async function historyOf(saga: SagaSnapshot<Trip>): Promise<readonly HistoryEntry[]> {
    return (await journal.read([saga.id]))[0]?.history ?? [];
  }

  test("is put into the history of what has ended, in its own place, and changes nothing else", async () => {
    const saga = newTrip({ history: [entry("Charge", "Completed")] });
    await journal.insert(intentOf(saga), owner, definition);
    await journal.write(writeOf(saga, { status: "Completed" }));
    const [before] = await rowsOf(saga);
    for (const change of [sent("Running", 1), sent("Exhausted", 3), sent("Completed", 4)]) {
      expect(await records.recordAfterStep(database.pool, saga.id, change)).toBe(true);
      expect(await historyOf(saga)).toEqual([entry("Charge", "Completed"), change]);
    }
    expect(await rowsOf(saga)).toEqual([before]);
  });

  test("is not put back by a late repetition", async () => {
    const saga = await insert("Completed");
    const record = (change: HistoryEntry) => records.recordAfterStep(database.pool, saga.id, change);
    expect(await record(sent("Exhausted", 3))).toBe(true);
    expect(await record(sent("Running", 2))).toBe(false);
    expect(await record(sent("Completed", 1))).toBe(true);
    expect(await record(sent("Exhausted", 5))).toBe(false);
    expect(await historyOf(saga)).toEqual([sent("Completed", 1)]);
  });

  test("is put into many histories at once, each by its own rule", async () => {
    const [fresh, told, open] = [await insert("Completed"), await insert("Compensated"), await insert("Parked")];
    await records.recordAfterStep(database.pool, told.id, sent("Running", 2));
    const of = (saga: SagaSnapshot<Trip>, change: HistoryEntry) => ({ sagaId: saga.id, entry: change });
    const first = [of(fresh, sent("Completed", 1)), of(told, sent("Running", 1)), of(open, sent("Completed", 1))];
    expect(await records.recordAfterSteps(database.pool, first)).toEqual(new Set([fresh.id]));
    const second = [of(fresh, sent("Running", 2)), of(told, sent("Completed", 3))];
    expect(await records.recordAfterSteps(database.pool, second)).toEqual(new Set([told.id]));
    expect(await historyOf(fresh)).toEqual([sent("Completed", 1)]);
    expect(await historyOf(told)).toEqual([sent("Completed", 3)]);
    expect(await records.recordAfterSteps(database.pool, [])).toEqual(new Set());
  });

  test("that an operator asks for again is told of each time, with who and why", async () => {
    const saga = await insert("Completed");
    const ask = (reason: string) => records.recordRetry(database.pool, saga.id, { actor: "oscar", reason }, timestamp);
    expect(await ask("lost")).toBe(true);
    expect(await ask("lost again")).toBe(true);
    expect(await historyOf(saga)).toEqual([
      entry("Retry", "Completed", "oscar: lost", 1),
      entry("Retry", "Completed", "oscar: lost again", 2),
    ]);
    const parked = await insert("Parked");
    expect(await records.recordRetry(database.pool, parked.id, { actor: "oscar", reason: "" }, timestamp)).toBe(false);
  });

  test("does not touch a saga that goes on, nor one that is not there", async () => {
    const saga = await insert("Parked");
    expect(await records.recordAfterStep(database.pool, saga.id, sent("Completed", 1))).toBe(false);
    expect(await records.recordAfterStep(database.pool, randomUUID(), sent("Completed", 1))).toBe(false);
    expect(await historyOf(saga)).toEqual([]);
  });

  test("leaves a dead letter and closes it, in the caller's transaction", async () => {
    const saga = await insert("Completed");
    const left = {
      sagaId: saga.id,
      step: "SendTicket",
      reason: "POISON",
      attempts: 9,
      lastError: "no\0 form",
      request: {},
    };
    const tx = await database.pool.connect();
    await tx.query("BEGIN");
    await records.leaveAfterLetter(tx, left);
    expect(await records.deadLetterOf(saga.id, "SendTicket")).toBeUndefined();
    await tx.query("COMMIT");
    tx.release();
    expect(await records.deadLetterOf(saga.id, "SendTicket")).toMatchObject({ status: "Open", lastError: "no form" });
    expect(await records.closeAfterLetter(database.pool, saga.id, "SendTicket")).toBe(true);
    expect(await records.closeAfterLetter(database.pool, saga.id, "SendTicket")).toBe(false);
    await records.leaveAfterLetter(database.pool, { ...left, attempts: 18 });
    expect(await records.deadLetterOf(saga.id, "SendTicket")).toMatchObject({ status: "Open", attempts: 18 });
  });

  async function rowsOf(saga: SagaSnapshot<Trip>): Promise<readonly unknown[]> {
    const { rows } = await database.pool.query(
      "SELECT status, epoch, seq, completed_at, owner, due_at, progress FROM order_sagas WHERE id = $1",
      [saga.id],
    );
    return rows;
  }
});

/** The plan of the one statement that this asks for. */
async function planOf(ask: (records: SagaRecords) => Promise<unknown>): Promise<string> {
  let plan = "";
  const query = async (text: string, values: unknown[]) => {
    const { rows } = await database.pool.query(`EXPLAIN ${text}`, values);
    plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
    return { rows: [] };
  };
  const pool = { query } as unknown as JournalDatabase["pool"];
  await ask(createSagaRecords({ pool, table: "order_sagas", keyColumn: "order_id" }));
  return plan;
}
