import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { createEngine, createPostgresJournal, defineSaga, type SagaDefinition } from "@shop/saga";
import pg from "pg";
import { v7 } from "uuid";
import type { BenchOrder, Contender } from "../order.ts";
import type { ParticipantClients } from "../participant-clients.ts";

/** The engine of this repository, as a service would use it; the saga's row is all that is kept, as in the other one. */
export async function createSagaEngine(databaseUrl: string, participants: ParticipantClients): Promise<Contender> {
  // Connections stay open while the other one has its turn.
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 8, pipeline: true, idleTimeoutMillis: 0 });
  // A server that is stopped ends its idle connections.
  pool.on("error", () => {});
  const schema = fileURLToPath(import.meta.resolve("@shop/saga/schema.sql"));
  await pool.query(await readFile(schema, "utf8"));
  const journal = createPostgresJournal<BenchOrder, undefined>({ pool, table: "order_sagas", keyColumn: "order_id" });
  const engine = createEngine<BenchOrder, undefined>({ definition: checkout(participants), journal });
  await engine.start();
  return {
    placeOrder: async (order) => {
      const id = v7();
      await engine.submit({ id, key: order.id, data: order, entity: undefined });
      const saga = await engine.settled(id, { withinMs: 10_000 });
      if (saga?.status === "Completed") return "completed";
      if (saga?.status === "Compensated") return "undone";
      throw new Error(`order ${order.id} ended as ${saga?.status ?? "nothing"}`);
    },
    close: async () => {
      await engine.close({ drainMs: 5000 });
      await journal.close();
      await pool.end();
    },
  };
}

function checkout(participants: ParticipantClients): SagaDefinition<BenchOrder> {
  const { reserve, release, pay, refund, ship, cancel } = participants;
  const done = { kind: "done" } as const;
  const declined = { kind: "refused", code: "PAYMENT_DECLINED", message: "the card was declined" } as const;
  return defineSaga<BenchOrder>("bench", { timeoutMs: 300_000 })
    .step("ReserveInventory", {
      do: (order) => reserve(order).then(() => done),
      undo: (order) => release(order.id).then(() => done),
      undoName: "ReleaseInventory",
    })
    .step("ProcessPayment", {
      do: (order) => pay(order).then((answer) => (answer === "declined" ? declined : done)),
      undo: (order) => refund(order.id).then(() => done),
      undoName: "RefundPayment",
    })
    .step("ScheduleShipment", {
      do: (order) => ship(order).then(() => done),
      undo: (order) => cancel(order.id).then(() => done),
      undoName: "CancelShipment",
    })
    .after({});
}
