import { setTimeout as wait } from "node:timers/promises";
import type { Log } from "@shop/platform/logging";
import type { OrderId } from "../domain/ids.ts";
import type { InventoryEvents } from "../events.ts";
import type { Database } from "../store/database.ts";
import { findOverdue } from "../store/find-overdue.ts";
import type { ReservationBook } from "../store/reservation-book.ts";

export interface ExpirySweeper {
  /** Begins to sweep, at once and then after every pause. */
  start(): void;
  /** Gives the units of every overdue reservation back, batch by batch. Gives how many expired. */
  sweep(): Promise<number>;
  /** Ends the pause, and the sweep after its batch. */
  close(): Promise<void>;
}

export interface ExpirySweeperOptions {
  readonly database: Database;
  readonly book: ReservationBook;
  readonly events: InventoryEvents;
  readonly log: Log;
  /** The pause between two sweeps, in milliseconds. */
  readonly intervalMs: number;
  /** Reservations in one batch at most. Default: 100. */
  readonly batchSize?: number;
  /** Resolves after the time, rejects when the signal is aborted. Default: the system's timer. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

/**
 * Lets reservations lapse that nobody committed or released in time. Several processes may sweep at once: each
 * reservation is decided by its state under its lock, so that it expires once.
 */
export function createExpirySweeper(options: ExpirySweeperOptions): ExpirySweeper {
  const { database, book, events, log, intervalMs, batchSize = 100, pause = systemPause } = options;
  const stopping = new AbortController();
  let running: Promise<void> | undefined;

  async function sweep(): Promise<number> {
    let expired = 0;
    while (!stopping.signal.aborted) {
      const overdue = await findOverdue(database, batchSize);
      const results = await Promise.all(overdue.map(expire));
      expired += results.filter((result) => result === "expired").length;
      // What failed is still overdue: to go on at once would be to find it again for ever.
      if (overdue.length < batchSize || results.includes("failed")) break;
    }
    return expired;
  }

  async function expire(orderId: OrderId): Promise<"expired" | "settled" | "failed"> {
    try {
      const decision = await book.apply({ kind: "expire", orderId });
      if (decision.kind !== "changed") return "settled";
      events.reservationExpired(orderId);
      return "expired";
    } catch (err) {
      log.error({ err, orderId }, "reservation could not expire");
      return "failed";
    }
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await sweep();
      } catch (err) {
        log.error({ err }, "sweep of overdue reservations failed");
      }
      // Rejects only when the sweeper is closed, which ends the loop.
      await pause(intervalMs, stopping.signal).catch(() => undefined);
    }
  }

  return {
    start() {
      running ??= run();
    },
    sweep,
    async close() {
      stopping.abort();
      await running;
    },
  };
}

function systemPause(ms: number, signal: AbortSignal): Promise<unknown> {
  return wait(ms, undefined, { signal });
}
