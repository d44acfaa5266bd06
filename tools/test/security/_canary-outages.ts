import { eventually } from "@shop/testkit/eventually";
import type { Canaries } from "./_canaries.ts";
import type { Login } from "./_canary-identity.ts";
import { canaryOrder, sendJson } from "./_canary-orders.ts";
import type { Doors } from "./_doors.ts";
import type { Recorder } from "./_recorder.ts";

/** Steps and undos are soon given up, and so are messages, so that there are dead letters of each kind. */
export const impatience = {
  SAGA_RETRY_ATTEMPTS: "1",
  SAGA_RETRY_DELAY_MS: "50",
  SAGA_GIVE_UP_SECONDS: "2",
  OUTBOX_MAX_FAULTS: "1",
  OUTBOX_RETRY_DELAY_MS: "50",
  ANSWER_WITHIN_MS: "5000",
};

const PATIENCE = { timeoutMs: 60_000, intervalMs: 100 };

interface Parts {
  readonly doors: Doors;
  readonly recorder: Recorder;
  readonly canaries: Canaries;
  readonly productId: string;
  readonly admin: string;
  readonly customer: Login;
}

/** Takes the participants away one after another while orders are placed, until everything has come to its end again. */
export async function placeOrdersInOutages({
  doors,
  recorder,
  canaries,
  productId,
  admin,
  customer,
}: Parts): Promise<void> {
  const { system } = doors;
  const place = (change: object = {}) =>
    sendJson(
      recorder,
      "/api/orders",
      canaryOrder(canaries, productId, change as Record<string, unknown>),
      customer.access,
    );
  const reason = { reason: `the provider is away, ${canaries.cardAsReason.value}` };

  await system.stopService("payments");
  const parked = JSON.parse((await place()).body);
  await letters(doors, "ProcessPayment");
  await keepSaga(parked.id);
  const [saga] = await doors.query<{ id: string }>("orders", "SELECT id FROM order_sagas WHERE order_id = $1", [
    parked.id,
  ]);
  await sendJson(recorder, `/api/sagas/${saga?.id}/compensate`, reason, admin);
  await letters(doors, "RefundPayment");
  await sendJson(recorder, `/api/sagas/${saga?.id}/resolve`, { undo: canaries.cardAsUndo.value, ...reason }, admin);
  await system.kill("orders");
  await system.waitUntilReady("orders");
  await system.startService("payments");
  await system.stopService("shipping");
  await place({ paymentMethod: "pm_ok" });
  await letters(doors, "ScheduleShipment");
  await system.startService("shipping");
  await system.stopService("inventory");
  await place();
  await system.startService("inventory");
  await system.stopService("orders");
  await place();
  await system.startService("orders");
  await allEnded(doors);
  await keepSaga(parked.id);

  async function keepSaga(orderId: string): Promise<void> {
    for (const [who, token] of [
      ["an operator", admin],
      ["the customer", customer.access],
    ] as const) {
      const headers = { authorization: `Bearer ${token}` };
      recorder.keep(`a saga to ${who}`, await recorder.rest(`/api/orders/${orderId}/saga`, { method: "GET", headers }));
    }
  }
}

/** Deletes the customer while a message to them waits, which then finds nobody, and takes identity away for a while. */
export async function loseTheCustomer({ doors, recorder, canaries, productId, admin, customer }: Parts): Promise<void> {
  const { system } = doors;
  await system.stopService("notifications");
  const order = { items: [{ productId, quantity: 1 }] }; // to the address of the customer's profile
  // The gateway may still take the order service, which was away, for away.
  await eventually(async () => {
    const { status } = await sendJson(recorder, "/api/orders", order, customer.access);
    expect([201, 202]).toContain(status);
  }, PATIENCE);
  const headers = { authorization: `Bearer ${admin}` };
  const deleted = await recorder.rest(`/auth/users/${customer.userId}`, { method: "DELETE", headers });
  expect(deleted.status).toBe(204);
  await system.startService("notifications");
  await letters(doors, "Send%");
  await system.stopService("identity");
  await sendJson(recorder, "/api/orders", order, admin);
  await sendJson(recorder, "/auth/login", { username: "alice", password: canaries.password.value }, admin);
  await system.startService("identity");
}

/** Reads every dead letter as an operator does. */
export async function readDeadLetters({ recorder, admin }: Pick<Parts, "recorder" | "admin">): Promise<string[]> {
  const headers = { authorization: `Bearer ${admin}` };
  const list = await recorder.rest("/api/dead-letters?pageSize=100", { method: "GET", headers });
  recorder.keep("the list of dead letters", list);
  const { deadLetters } = JSON.parse(list.body) as { deadLetters: { id: string; step: string }[] };
  for (const { id } of deadLetters) {
    recorder.keep("a dead letter", await recorder.rest(`/api/dead-letters/${id}`, { method: "GET", headers }));
  }
  recorder.keep(
    "the list of sagas to an operator",
    await recorder.rest("/api/sagas?pageSize=100", { method: "GET", headers }),
  );
  return deadLetters.map(({ step }) => step);
}

function letters(doors: Doors, step: string): Promise<void> {
  return eventually(async () => {
    const found = await doors.query("orders", "SELECT 1 FROM saga_dead_letters WHERE step LIKE $1", [step]);
    expect([step, found.length > 0]).toEqual([step, true]);
  }, PATIENCE);
}

function allEnded(doors: Doors): Promise<void> {
  return eventually(async () => {
    expect(await doors.query("orders", "SELECT id FROM order_sagas WHERE completed_at IS NULL")).toEqual([]);
  }, PATIENCE);
}
