import { randomUUID } from "node:crypto";
import type { Journal } from "../src/index.ts";
import { type Booking, type JournalDatabase, openJournalDatabase } from "./_journal-database.ts";
import { intentOf, newTrip, writeOf } from "./_journal-rows.ts";
import type { Trip } from "./_trip.ts";

const texts = ['"', "\\", '\\"', "{}", ",", "NULL", "", "é", "💥", "\n\t", "a".repeat(5000)];

let database: JournalDatabase;
let journal: Journal<Trip, Booking>;

beforeAll(async () => {
  database = await openJournalDatabase();
  journal = database.journal();
});
afterAll(() => database.close());

test.each([
  [
    "alone",
    async (writes: readonly (() => Promise<unknown>)[]) => {
      for (const write of writes) await write();
    },
  ],
  ["in a batch", (writes: readonly (() => Promise<unknown>)[]) => Promise.all(writes.map((write) => write()))],
])("what is written %s comes back as it was", async (_how, run) => {
  const sagas = texts.map((traveller) => newTrip({ data: { traveller } }));
  const read = async () => {
    const found = await journal.read(sagas.map(({ id }) => id));
    return new Map(found.map(({ id, data }) => [id, data.traveller]));
  };
  await run(sagas.map((saga) => () => journal.insert(intentOf(saga), randomUUID(), "a-definition")));
  expect(await read()).toEqual(new Map(sagas.map(({ id, data }) => [id, data.traveller])));

  const twice = sagas.map((saga) => ({ ...saga, data: { traveller: saga.data.traveller.repeat(2) } }));
  await run(twice.map((saga) => () => journal.write(writeOf(saga, { seq: 1 }))));
  expect(await read()).toEqual(new Map(twice.map(({ id, data }) => [id, data.traveller])));
});
