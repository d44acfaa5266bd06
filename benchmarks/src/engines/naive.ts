import pg from "pg";
import type { BenchOrder, Contender, Ending } from "../order.ts";
import { createNaiveCalls, type NaiveCalls } from "./naive-calls.ts";

/**
 * What a careful team writes first: one row per order, one insert, one committed update after each step, prepared
 * statements, a pool of 64, unary calls with the same deadlines. It undoes what it knows to have happened. It
 * recovers from nothing, which the engine does at its price.
 */
export async function createNaive(databaseUrl: string, participantsAddress: string): Promise<Contender> {
  // Connections stay open while the other one has its turn.
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 64, idleTimeoutMillis: 0 });
  // A server that is stopped ends its idle connections.
  pool.on("error", () => {});
  await pool.query(`CREATE TABLE naive_orders (
    id uuid PRIMARY KEY, status text NOT NULL, current_step text NOT NULL, data jsonb NOT NULL, history jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(), completed_at timestamptz)`);
  const calls = createNaiveCalls(participantsAddress);
  return {
    placeOrder: (order) => placeOrder(pool, calls, order),
    close: () => {
      calls.close();
      return pool.end();
    },
  };
}

interface HistoryEntry {
  readonly step: string;
  readonly status: "Completed" | "Refused";
  readonly timestamp: string;
}

async function placeOrder(pool: pg.Pool, calls: NaiveCalls, order: BenchOrder): Promise<Ending> {
  const history: HistoryEntry[] = [];
  const record = async (status: string, step: string, outcome: HistoryEntry["status"]): Promise<void> => {
    history.push({ step, status: outcome, timestamp: new Date().toISOString() });
    await updateOrder(pool, order.id, status, step, history);
  };
  await insertOrder(pool, order);
  await calls.reserve(order);
  await record("InProgress", "ReserveInventory", "Completed");
  if ((await calls.pay(order)) === "declined") {
    await record("Compensating", "ProcessPayment", "Refused");
    await calls.release(order.id);
    await record("Compensated", "ReleaseInventory", "Completed");
    return "undone";
  }
  await record("InProgress", "ProcessPayment", "Completed");
  await calls.ship(order);
  await record("Completed", "ScheduleShipment", "Completed");
  return "completed";
}

async function insertOrder(pool: pg.Pool, order: BenchOrder): Promise<void> {
  await pool.query({
    name: "naive-insert",
    text: "INSERT INTO naive_orders (id, status, current_step, data, history) VALUES ($1, 'Started', '', $2, '[]')",
    values: [order.id, JSON.stringify(order)],
  });
}

async function updateOrder(
  pool: pg.Pool,
  id: string,
  status: string,
  step: string,
  history: readonly HistoryEntry[],
): Promise<void> {
  const hasEnded = status === "Completed" || status === "Compensated";
  await pool.query({
    name: "naive-update",
    text: `UPDATE naive_orders SET status = $2, current_step = $3, history = $4,
        completed_at = CASE WHEN $5 THEN now() END WHERE id = $1`,
    values: [id, status, step, JSON.stringify(history), hasEnded],
  });
}
