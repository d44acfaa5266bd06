import { AppError, type ErrorCode } from "@shop/platform/errors";
import { createGuard, type Guard, type GuardState } from "@shop/platform/resilience";
import type { OrderEvent as OrderEventMessage } from "@shop/protos/gen/shop/notifications/v1/notifications";
import type { SubscribedEvent } from "../domain/order-event.ts";
import { createNotificationsClient, type Subscriber } from "./notifications-client.ts";

const event: SubscribedEvent = {
  type: "domain.order.OrderCompleted",
  eventId: "e",
  orderId: "o",
  userId: "u",
  totalAmount: { minorUnits: 1299, currency: "USD" },
  occurredAt: new Date(1000),
};
const failure = { code: "OUT_OF_STOCK", message: "Only 3 are left.", step: "ReserveInventory" };

let state: GuardState;
let guard: Guard;
let subscriber: Subscriber;
let sent: [string, OrderEventMessage | undefined, string | undefined][];
let answer: () => Promise<unknown>;

beforeEach(() => {
  jest.useFakeTimers();
  sent = [];
  answer = async () => ({});
  guard = createGuard({
    target: "notifications",
    timeoutMs: 1000,
    onState(changed) {
      state = changed;
    },
  });
  const method =
    (name: string) => (request: { event?: OrderEventMessage | undefined }, options: { userId?: string }) => {
      sent.push([name, request.event, options.userId]);
      return answer() as never;
    };
  const rpc = {
    sendNotification: method("SendNotification"),
    sendCancellation: method("SendCancellation"),
    listNotifications: () => Promise.reject(new Error("nobody asks")),
    close: () => undefined,
  };
  subscriber = createNotificationsClient(rpc, { guard, isProbing: () => state !== "closed", timeoutMs: 1000 });
});
afterEach(() => {
  guard.close();
  jest.useRealTimers();
});

function deliver(what: SubscribedEvent = event, signal = new AbortController().signal) {
  return subscriber.deliver(what, signal);
}

it("tells of a completed order, and of one that failed, on the user's behalf", async () => {
  expect(await deliver()).toEqual({ kind: "done" });
  expect(await deliver({ ...event, type: "domain.order.OrderFailed", totalAmount: undefined, failure })).toEqual({
    kind: "done",
  });
  const message = {
    ...event,
    failure: undefined,
    totalAmount: { currencyCode: "USD", units: 12n, nanos: 990_000_000 },
  };
  expect(sent).toEqual([
    ["SendNotification", message, "u"],
    ["SendCancellation", { ...message, type: "domain.order.OrderFailed", totalAmount: undefined, failure }, "u"],
  ]);
});

it.each<[ErrorCode, string, "counts" | "does not count"]>([
  ["VALIDATION_FAILED", "refused", "does not count"],
  ["FAILED_PRECONDITION", "refused", "does not count"],
  ["INTERNAL", "failed", "does not count"],
  ["NOT_FOUND", "failed", "does not count"],
  ["PAYLOAD_TOO_LARGE", "failed", "does not count"],
  ["ABORTED", "away", "does not count"],
  ["UNAVAILABLE", "away", "counts"],
  ["DEADLINE_EXCEEDED", "away", "counts"],
  ["UNAUTHENTICATED", "away", "counts"],
  ["PERMISSION_DENIED", "away", "counts"],
  ["UNIMPLEMENTED", "away", "counts"],
  ["OVERLOADED", "away", "counts"],
])("%s means that the event is %s, and %s against the subscriber", async (code, kind, counts) => {
  answer = () => Promise.reject(new AppError(code, "no"));
  for (let call = 0; call < 5; call++) expect(await deliver()).toMatchObject({ kind, error: { message: "no" } });
  expect(guard.isOpen()).toBe(counts === "counts");
});

it("takes a call that its receiver cancelled for one that found nobody: only its own caller can leave it unsent", async () => {
  answer = () => Promise.reject(new AppError("CANCELLED", "the connection was closed"));
  expect(await deliver()).toMatchObject({ kind: "away", error: { code: "CANCELLED" } });
});

it("takes a fault that is no answer for the event's own", async () => {
  answer = () => Promise.reject(new TypeError("undefined is not a function"));
  expect(await deliver()).toMatchObject({ kind: "failed", error: { code: "INTERNAL" } });
});

it("does not wait for ever", async () => {
  answer = () => new Promise(() => undefined);
  const delivery = deliver();
  await jest.advanceTimersByTimeAsync(1000);
  expect(await delivery).toMatchObject({ kind: "away", error: { code: "DEADLINE_EXCEEDED" } });
});

it("takes what its caller gave up for unsent", async () => {
  const caller = new AbortController();
  answer = () => new Promise(() => undefined);
  const delivery = deliver(event, caller.signal);
  caller.abort(new AppError("CANCELLED", "closing"));
  expect(await delivery).toEqual({ kind: "unsent" });
});

it("has no room while the subscriber is away, room for one to find out, and all of it when it is back", async () => {
  expect(subscriber.room(32)).toBe(32);
  answer = () => Promise.reject(new AppError("UNAVAILABLE", "down"));
  for (let call = 0; call < 5; call++) await deliver();
  expect(subscriber.room(32)).toBe(0);
  expect(await deliver()).toEqual({ kind: "unsent" });
  expect(sent).toHaveLength(5);
  await jest.advanceTimersByTimeAsync(1000);
  expect(subscriber.room(32)).toBe(1);
  expect(subscriber.room(0)).toBe(0);
  answer = async () => ({});
  await deliver();
  expect(subscriber.room(32)).toBe(32);
});
