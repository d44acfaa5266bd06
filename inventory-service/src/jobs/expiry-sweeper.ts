import { setTimeout as wait } from "node:timers/promises";
import type { Log } from "@shop/platform/logging";
import type { OrderId } from "../domain/ids.ts";
import type { InventoryEvents } from "../events.ts";
import type { Database } from "../store/database.ts";
import { beforeAllOverdue, findOverdue, type Overdue } from "../store/find-overdue.ts";
import type { ReservationBook } from "../store/reservation-book.ts";

export interface ExpirySweeper {
  /** Begins to sweep, at once and then after every pause. */
  start(): void;
  /** Gives the units of every overdue reservation back that can be, batch by batch. Gives how many expired. */
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

interface Failure {
  readonly orderId: OrderId;
  readonly err: unknown;
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
    const failures: Failure[] = [];
    let expired = 0;
    let last: Overdue | undefined = beforeAllOverdue;
    try {
      while (last !== undefined && !stopping.signal.aborted) {
        const overdue: Overdue[] = await findOverdue(database, last, batchSize);
        const results = await Promise.all(overdue.map(({ orderId }) => expire(orderId, failures)));
        expired += results.filter((isExpired) => isExpired).length;
        // What failed is still overdue; the next batch begins behind it, so that it holds up nobody else.
        last = overdue.length < batchSize ? undefined : overdue.at(-1);
      }
    } finally {
      const [first] = failures;
      if (first !== undefined) log.error({ ...first, count: failures.length }, "reservations could not expire");
    }
    return expired;
  }

  async function expire(orderId: OrderId, failures: Failure[]): Promise<boolean> {
    try {
      const decision = await book.apply({ kind: "expire", orderId });
      if (decision.kind !== "changed") return false;
      events.reservationExpired(orderId);
      return true;
    } catch (err) {
      failures.push({ orderId, err });
      return false;
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
