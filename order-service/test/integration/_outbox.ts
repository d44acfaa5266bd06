import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { AppError } from "@shop/platform/errors";
import { silentLog } from "@shop/platform/logging";
import { createMetrics } from "@shop/platform/metrics";
import { createPool, migrate } from "@shop/platform/postgres";
import { type Clock, createSagaRecords, type HistoryEntry, type SagaRecords } from "@shop/saga";
import { createTestDatabase } from "@shop/testkit/database";
import type pg from "pg";
import type { Delivery, Subscriber } from "../../src/clients/notifications-client.ts";
import type { OrderEvent, OrderEventType, SubscribedEvent } from "../../src/domain/order-event.ts";
import { createOutboxRelay, type OutboxRelay } from "../../src/jobs/outbox-relay.ts";
import { createRelayEvents } from "../../src/jobs/relay-events.ts";
import { type RelayPolicy, usualDelays } from "../../src/jobs/relay-policy.ts";
import { insertEvents } from "../../src/store/outbox.ts";
import { outboxBacklog } from "../../src/store/outbox-backlog.ts";

/** An outbox in a database of its own, and what is needed to run relays on it. */
export interface OutboxTest {
  readonly pool: pg.Pool;
  readonly records: SagaRecords;
  /** Puts the event of an ended saga into the outbox; answers the saga's id. */
  put(change?: Partial<OrderEvent>): Promise<string>;
  putMany(count: number, change?: Partial<OrderEvent>): Promise<string[]>;
  row(sagaId: string): Promise<OutboxRow>;
  history(sagaId: string): Promise<HistoryEntry[]>;
  /** Starts a relay; it is closed with the test at the latest. */
  start(subscriber: Subscriber, options?: RelayTestOptions): RunningRelay;
  close(): Promise<void>;
}

export interface RelayTestOptions {
  readonly policy?: Partial<RelayPolicy>;
  readonly clock?: Clock;
  readonly claimMs?: number;
  readonly callsAtOnce?: number;
  /** Default 0: a test's clock may stand still. */
  readonly paceMs?: number;
  /** Stands between the relay and the sagas. */
  readonly records?: Partial<SagaRecords>;
}

export interface RunningRelay extends OutboxRelay {
  /** What the metrics say of these names now. */
  metric(name: string): Promise<number>;
}

export interface OutboxRow {
  readonly event_id: string;
  readonly sent_at: Date | null;
  readonly poisoned_at: Date | null;
  readonly attempts: number;
  readonly faults: number;
  readonly due_in_ms: number;
  readonly last_error: string | null;
}

const TOTAL = { minorUnits: 1299, currency: "USD" };
const MIGRATIONS = join(import.meta.dirname, "../../src/store/migrations");

export async function openOutboxTest(): Promise<OutboxTest> {
  const database = await createTestDatabase();
  const log = silentLog();
  await migrate({ url: database.url, directory: MIGRATIONS, log });
  const pool = createPool({ url: database.url, applicationName: "test", log });
  const records = createSagaRecords({ pool, table: "order_sagas", keyColumn: "order_id" });
  const running = new Set<OutboxRelay>();

  async function putMany(count: number, change: Partial<OrderEvent> = {}): Promise<string[]> {
    const sagas = Array.from({ length: count }, () => ({ sagaId: randomUUID(), orderId: randomUUID() }));
    await pool.query(
      `INSERT INTO order_sagas (id, order_id, status, history, data, definition_hash, completed_at)
       SELECT id, order_id, 'Completed', $3, $4, 'h', now() FROM unnest($1::uuid[], $2::uuid[]) AS saga (id, order_id)`,
      [
        sagas.map(({ sagaId }) => sagaId),
        sagas.map(({ orderId }) => orderId),
        JSON.stringify([{ step: "CommitInventory", status: "Completed", message: "", attempt: 1, timestamp: "" }]),
        JSON.stringify({ correlationId: "of-the-order" }),
      ],
    );
    const type: OrderEventType = "domain.order.OrderCompleted";
    const event = { type, userId: randomUUID(), totalAmount: TOTAL, ...change };
    await insertEvents(
      pool,
      sagas.map(({ sagaId, orderId }) => ({ sagaId, event: { ...event, orderId } })),
    );
    return sagas.map(({ sagaId }) => sagaId);
  }

  return {
    pool,
    records,
    putMany,
    put: async (change) => only(await putMany(1, change)),
    async row(sagaId) {
      const { rows } = await pool.query<OutboxRow>(
        `SELECT *, extract(epoch FROM due_at - now())::float8 * 1000 AS due_in_ms FROM outbox WHERE saga_id = $1`,
        [sagaId],
      );
      return only(rows);
    },
    async history(sagaId) {
      const sql = "SELECT history FROM order_sagas WHERE id = $1";
      return only((await pool.query<{ history: HistoryEntry[] }>(sql, [sagaId])).rows).history;
    },
    start(subscriber, { policy, callsAtOnce = 8, paceMs = 0, records: own, ...options } = {}) {
      const metrics = createMetrics("test");
      const relay = createOutboxRelay({
        pool,
        subscribers: { fresh: subscriber, tried: subscriber },
        records: { ...records, ...own },
        steps: { "domain.order.OrderCompleted": "SendNotification", "domain.order.OrderFailed": "SendCancellation" },
        policy: { ...usualDelays, maxFaults: 3, retryDelayMs: 20, ...policy },
        events: createRelayEvents(metrics, log, () => outboxBacklog(pool)),
        callsAtOnce,
        paceMs,
        ...options,
      });
      running.add(relay);
      relay.start();
      return {
        ...relay,
        async metric(name) {
          const [value] = (await metrics.registry.getSingleMetric(name)?.get())?.values ?? [];
          return value?.value ?? Number.NaN;
        },
      };
    },
    async close() {
      await Promise.all([...running].map((relay) => relay.close(0)));
      await pool.end();
      await database.drop();
    },
  };
}

/** A subscriber that notes what it is handed, and answers as the test says. */
export interface ListeningSubscriber extends Subscriber {
  readonly heard: SubscribedEvent[];
  timesHeard(eventId: string): number;
}

export function subscriberThat(
  answer: (event: SubscribedEvent, signal: AbortSignal) => Delivery | Promise<Delivery> = () => done,
  room: (wanted: number) => number = (wanted) => wanted,
): ListeningSubscriber {
  const heard: SubscribedEvent[] = [];
  return {
    heard,
    timesHeard: (eventId) => heard.filter((event) => event.eventId === eventId).length,
    room,
    async deliver(event, signal) {
      heard.push(event);
      return answer(event, signal);
    },
  };
}

export const done: Delivery = { kind: "done" };
export const away: Delivery = { kind: "away", error: new AppError("UNAVAILABLE", "nobody there") };
export const failed: Delivery = { kind: "failed", error: new AppError("INTERNAL", "a fault") };
export const refused: Delivery = {
  kind: "refused",
  error: new AppError("FAILED_PRECONDITION", "There is no user any more.", { reason: "NO_RECIPIENT" }),
};

export function only<T>(list: readonly T[]): T {
  const [item] = list;
  if (item === undefined || list.length > 1) throw new Error(`expected one, got ${list.length}`);
  return item;
}
