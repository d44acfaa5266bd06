import { randomUUID } from "node:crypto";
import { readConfig as readNotificationConfig } from "@shop/notification-service/config";
import {
  createContext as createNotificationContext,
  type Context as NotificationContext,
} from "@shop/notification-service/context";
import { silentLog } from "@shop/platform/logging";
import { createTestDatabase, type TestDatabase } from "@shop/testkit/database";
import { eventually } from "@shop/testkit/eventually";
import { aliceId } from "@shop/testkit/identity";
import { type OrderTest, openOrderTest, type RunningService, willingParticipants } from "./_orders.ts";

jest.setTimeout(90_000);
const patience = { timeoutMs: 45_000, intervalMs: 50 };

let orders: OrderTest;
let database: TestDatabase;
let notifications: NotificationContext | undefined;
/** Event ids, in the order in which the transport was given their messages. */
let handedOver: string[];
let grpcPort: number;

beforeAll(async () => {
  [orders, database] = await Promise.all([openOrderTest(), createTestDatabase()]);
  grpcPort = 0;
  await startNotifications();
});
beforeEach(async () => {
  handedOver = [];
  if (notifications === undefined) await startNotifications();
});
afterAll(async () => {
  await orders.close();
  await stopNotifications();
  await database.drop();
});

async function startNotifications(): Promise<void> {
  const { identity } = orders;
  const config = readNotificationConfig({
    GRPC_PORT: String(grpcPort),
    OPS_PORT: "0",
    DATABASE_URL: database.url,
    IDENTITY_URL: identity.url,
    CLIENT_ID: identity.clientId,
    CLIENT_SECRET: identity.clientSecret,
  });
  const transport = { send: async ({ about }: { about: { eventId: string } }) => void handedOver.push(about.eventId) };
  notifications = await createNotificationContext(config, { log: silentLog(), transport });
  await notifications.start();
  grpcPort = notifications.ports.grpc;
}

async function stopNotifications(): Promise<void> {
  await notifications?.close();
  notifications = undefined;
}

function startOrders(participants = willingParticipants()): Promise<RunningService> {
  return orders.start(participants, { NOTIFICATIONS_ADDRESS: `127.0.0.1:${grpcPort}`, OUTBOX_RETRY_DELAY_MS: "100" });
}

async function place(service: RunningService, userId = aliceId): Promise<string> {
  const authorization = `Bearer ${orders.identity.userToken({ userId })}`;
  return (await service.place({}, { authorization })).order?.id ?? "";
}

interface Told {
  readonly step: string;
  readonly status: string;
  readonly message: string;
  readonly attempt: number;
}

/** The last entry of the saga's history, once the event is settled for good. */
function toldOf(orderId: string): Promise<Told> {
  return eventually(async () => {
    const [saga] = await orders.query<{ history: Told[] }>("SELECT history FROM order_sagas WHERE order_id = $1", [
      orderId,
    ]);
    const last = saga?.history.at(-1);
    if (!last?.step.startsWith("Send") || last.status === "Running")
      throw new Error(`at ${last?.step} ${last?.status}`);
    return last;
  }, patience);
}

async function messagesFor(orderId: string) {
  if (notifications === undefined) throw new Error("the notification service is stopped");
  const sql = "SELECT event_id, user_id, kind, status, body FROM notifications WHERE order_id = $1";
  return (await notifications.database.query(sql, [orderId])).rows;
}

it("tells the customer of a completed order, once, without being asked to wait", async () => {
  const service = await startOrders();
  const orderId = await place(service);
  expect(await toldOf(orderId)).toMatchObject({ step: "SendNotification", status: "Completed", attempt: 1 });
  expect(await messagesFor(orderId)).toEqual([
    expect.objectContaining({
      user_id: aliceId,
      kind: "COMPLETED",
      status: "SENT",
      body: expect.stringContaining("5.00 USD"),
    }),
  ]);
  expect(handedOver).toHaveLength(1);
  await service.stop();
});

it("tells the customer why an order failed, when everything is undone", async () => {
  const participants = willingParticipants();
  participants.shipping.schedule = async () => ({
    refused: { code: "ADDRESS_NOT_SERVED", message: "We do not ship to AQ." },
  });
  const refund = Promise.withResolvers<void>();
  participants.payments.refund = () => refund.promise;
  const service = await startOrders(participants);
  const placed = place(service);
  await eventually(async () => {
    const [order] = await orders.query<{ status: string }>(
      "SELECT status FROM orders ORDER BY created_at DESC LIMIT 1",
    );
    return order?.status === "Failed";
  }, patience);
  expect(handedOver).toEqual([]);
  refund.resolve();
  const orderId = await placed;
  expect(await toldOf(orderId)).toMatchObject({ step: "SendCancellation", status: "Completed" });
  expect(await messagesFor(orderId)).toEqual([
    expect.objectContaining({ kind: "CANCELLED", body: expect.stringContaining("We do not ship to AQ.") }),
  ]);
  await service.stop();
});

it("keeps what is to be told while the notification service is down, and tells it when it is back", async () => {
  const service = await startOrders();
  await stopNotifications();
  const orderIds = await Promise.all(Array.from({ length: 30 }, () => place(service)));
  await eventually(async () => {
    const [row] = await orders.query<{ attempts: number }>("SELECT sum(attempts)::int AS attempts FROM outbox");
    return (row?.attempts ?? 0) > 0;
  }, patience);
  await startNotifications();
  for (const orderId of orderIds) expect(await toldOf(orderId)).toMatchObject({ status: "Completed" });
  expect(new Set(handedOver).size).toBe(30);
  expect(handedOver).toHaveLength(30);
  const [faulty] = await orders.query("SELECT FROM outbox WHERE faults > 0 OR poisoned_at IS NOT NULL");
  expect(faulty).toBeUndefined();
  await service.stop();
});

it("leaves what a stopped order service did not tell to the one that is started after it", async () => {
  await stopNotifications();
  const first = await startOrders();
  const orderIds = await Promise.all(Array.from({ length: 5 }, () => place(first)));
  await first.stop();
  await startNotifications();
  const [one, other] = await Promise.all([startOrders(), startOrders()]);
  for (const orderId of orderIds) expect(await toldOf(orderId)).toMatchObject({ status: "Completed" });
  expect(handedOver).toHaveLength(5);
  await Promise.all([one.stop(), other.stop()]);
});

it("tells once where the answer was lost and the event is handed over again", async () => {
  const service = await startOrders();
  const orderId = await place(service);
  await toldOf(orderId);
  const forget =
    "UPDATE outbox SET sent_at = NULL WHERE payload ->> 'orderId' = $1 AND type <> 'domain.order.OrderCreated'";
  await orders.query(forget, [orderId]);
  await eventually(async () => {
    const sql = "SELECT FROM outbox WHERE payload ->> 'orderId' = $1 AND sent_at IS NULL";
    return (await orders.query(sql, [orderId])).length === 0;
  }, patience);
  expect(handedOver).toHaveLength(1);
  expect(await messagesFor(orderId)).toHaveLength(1);
  expect(await toldOf(orderId)).toMatchObject({ status: "Completed", attempt: 1 });
  await service.stop();
});

it("gives up telling a customer who is gone: the order is completed, and an operator finds the dead letter", async () => {
  const service = await startOrders();
  const orderId = await place(service, randomUUID());
  expect(await toldOf(orderId)).toMatchObject({ step: "SendNotification", status: "Exhausted", attempt: 1 });
  const [letter] = await orders.query(
    `SELECT letter.step, letter.status, reason, request FROM saga_dead_letters AS letter
       JOIN order_sagas ON order_sagas.id = saga_id WHERE order_id = $1`,
    [orderId],
  );
  expect(letter).toMatchObject({
    step: "SendNotification",
    status: "Open",
    reason: "NO_RECIPIENT",
    request: { orderId },
  });
  expect(handedOver).toEqual([]);
  await service.stop();
});
