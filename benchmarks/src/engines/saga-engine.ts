import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { silentLog } from "@shop/platform/logging";
import { createEngine, createPostgresJournal, defineSaga, type SagaDefinition } from "@shop/saga";
import pg from "pg";
import { v7 } from "uuid";
import type { Checkout } from "../../../order-service/src/checkout/checkout.ts";
import type { Participants } from "../../../order-service/src/checkout/ports.ts";
import { processPayment, refundPayment } from "../../../order-service/src/checkout/steps/process-payment.ts";
import { releaseInventory, reserveInventory } from "../../../order-service/src/checkout/steps/reserve-inventory.ts";
import { cancelShipment, scheduleShipment } from "../../../order-service/src/checkout/steps/schedule-shipment.ts";
import { connectParticipants } from "../../../order-service/src/clients/participants.ts";
import type { BenchOrder, Contender } from "../order.ts";
import { raceToken } from "../race-token.ts";

/** The size of the order service's pool for its journal. */
const journalPoolSize = 4;

/**
 * The engine of this repository with the order service's own steps and clients: guards, tokens and correlation ids
 * included. The saga's row is all that is kept, as in the other contender.
 */
export async function createSagaEngine(databaseUrl: string, participantsAddress: string): Promise<Contender> {
  // Connections stay open while the other one has its turn.
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: journalPoolSize,
    pipeline: true,
    idleTimeoutMillis: 0,
  });
  // A server that is stopped ends its idle connections.
  pool.on("error", () => {});
  const schema = fileURLToPath(import.meta.resolve("@shop/saga/schema.sql"));
  await pool.query(await readFile(schema, "utf8"));
  const clients = connectParticipants({
    addresses: { inventory: participantsAddress, payments: participantsAddress, shipping: participantsAddress },
    tokens: { get: () => raceToken, renew: () => {}, close: () => Promise.resolve() },
    log: silentLog(),
    onBreaker: () => {},
    onReachable: () => {},
  });
  const journal = createPostgresJournal<Checkout, undefined>({ pool, table: "order_sagas", keyColumn: "order_id" });
  const engine = createEngine<Checkout, undefined>({ definition: checkout(clients.participants), journal });
  await engine.start();
  return {
    placeOrder: async (order) => {
      const id = v7();
      await engine.submit({ id, key: order.id, data: checkoutOf(order), entity: undefined });
      const saga = await engine.settled(id, { withinMs: 10_000 });
      if (saga?.status === "Completed") return "completed";
      if (saga?.status === "Compensated") return "undone";
      throw new Error(`order ${order.id} ended as ${saga?.status ?? "nothing"}`);
    },
    close: async () => {
      await engine.close({ drainMs: 5000 });
      await journal.close();
      clients.close();
      await pool.end();
    },
  };
}

/** The product's checkout without its check and its pivot, so that both contenders make the same three calls. */
function checkout({ inventory, payments, shipping }: Participants): SagaDefinition<Checkout> {
  return defineSaga<Checkout>("bench", { timeoutMs: 300_000 })
    .step("ReserveInventory", {
      do: reserveInventory(inventory),
      undo: async (data, call) => {
        const outcome = await releaseInventory(inventory)(data, call);
        return outcome.kind === "committed" ? { kind: "unknown", message: "nothing is committed here" } : outcome;
      },
      undoName: "ReleaseInventory",
    })
    .step("ProcessPayment", {
      do: processPayment(payments),
      undo: refundPayment(payments),
      undoName: "RefundPayment",
    })
    .step("ScheduleShipment", {
      do: scheduleShipment(shipping),
      undo: cancelShipment(shipping),
      undoName: "CancelShipment",
    })
    .after({});
}

function checkoutOf({ id: orderId, userId, lines, shippingAddress, paymentMethod }: BenchOrder): Checkout {
  return { orderId, userId, lines, shippingAddress, paymentMethod, correlationId: orderId };
}
