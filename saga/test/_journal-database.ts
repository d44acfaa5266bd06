import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createTestDatabase } from "@shop/testkit/database";
import pg from "pg";
import { createPostgresJournal, type Journal, type Projection } from "../src/index.ts";
import type { Trip } from "./_trip.ts";

/** What the projection of these tests inserts: a trip with a reference that is unique per traveller. */
export interface Booking {
  readonly reference: string;
}

/** A database with the journal's tables, and the service's: `trips` and `outbox`. */
export interface JournalDatabase {
  readonly pool: pg.Pool;
  /** A new journal on it; closed with the database. */
  journal(pool?: pg.Pool, projection?: Projection<Trip, Booking>): Journal<Trip, Booking>;
  close(): Promise<void>;
}

export async function openJournalDatabase(): Promise<JournalDatabase> {
  const database = await createTestDatabase();
  const pool = new pg.Pool({ connectionString: database.url, max: 8, statement_timeout: 10_000 });
  // A database that is dropped ends its idle connections.
  pool.on("error", () => {});
  const schema = await readFile(join(__dirname, "../src/journal/schema.sql"), "utf8");
  await pool.query(`${schema};
    CREATE TABLE trips (id uuid PRIMARY KEY, reference text UNIQUE, status text NOT NULL, price int);
    CREATE TABLE outbox (saga_id uuid, event text, PRIMARY KEY (saga_id, event));`);
  const journals: Journal<Trip, Booking>[] = [];
  return {
    pool,
    journal: (own = pool, projection = tripProjection) => {
      const journal = createPostgresJournal<Trip, Booking>({
        pool: own,
        table: "order_sagas",
        keyColumn: "order_id",
        projection,
      });
      journals.push(journal);
      return journal;
    },
    close: async () => {
      for (const journal of journals) await journal.close();
      await pool.end();
      await database.drop();
    },
  };
}

/** The projection of these tests: a row in `trips`, and an event in `outbox` at the end. */
export const tripProjection: Projection<Trip, Booking> = {
  insert: async (tx, intents) => {
    const { rows } = await tx.query<{ id: string }>(
      `INSERT INTO trips (id, reference, status)
        SELECT *, 'Submitted' FROM unnest($1::uuid[], $2::text[]) ON CONFLICT DO NOTHING RETURNING id`,
      [intents.map((intent) => intent.key), intents.map((intent) => intent.entity.reference)],
    );
    return rows.map((row) => row.id);
  },
  apply: async (tx, sagas) => {
    await tx.query(
      `UPDATE trips SET status = new.status, price = new.price
        FROM unnest($1::uuid[], $2::text[], $3::int[]) AS new(id, status, price) WHERE trips.id = new.id`,
      [
        sagas.map((saga) => saga.key),
        sagas.map((saga) => (saga.failure ? "Failed" : saga.status === "Completed" ? "Completed" : "Submitted")),
        sagas.map((saga) => saga.data.price ?? null),
      ],
    );
    const events = sagas.filter((saga) => saga.failure || saga.status === "Completed");
    await tx.query("INSERT INTO outbox SELECT * FROM unnest($1::uuid[], $2::text[]) ON CONFLICT DO NOTHING", [
      events.map((saga) => saga.id),
      events.map((saga) => (saga.failure ? "failed" : "completed")),
    ]);
  },
};
