import type { ProviderState, RpcBoundary, RpcError, RpcInteraction } from "../interaction.ts";
import { type Expected, matching, timestamp, uuid } from "../match.ts";
import { forbiddenCalls } from "./forbidden-calls.ts";

const alice = "01900000-0000-7000-8000-00000000a11c";
const gone = "01900000-0000-7000-8000-00000000dead";
const totalAmount = { currencyCode: "USD", units: "12", nanos: 990_000_000 };
const occurredAt = "2026-11-21T12:00:00.123Z";
const failure = { code: "PAYMENT_DECLINED", message: "The payment was declined.", step: "ProcessPayment" };
const otherFailure = { code: "OUT_OF_STOCK", message: "There are only 3 lamps left.", step: "ReserveInventory" };

/** The message that was sent first, where one was. */
const first = { id: "01900000-0000-7000-8000-00000000f125", sentAt: "2026-11-21T12:00:01.000Z" };
/** A message that is sent now. */
const now = { id: uuid(first.id), sentAt: timestamp(first.sentAt) };

const userIsGone: ProviderState = { name: "a user does not exist", params: { userId: gone } };
const noRecipient: RpcError = { code: "FAILED_PRECONDITION", reason: "NO_RECIPIENT" };
const beingSent: RpcError = { code: "ABORTED" };
const notSent: RpcError = { code: "UNAVAILABLE" };

/** Tells the customer that the order is completed. */
const notifications: readonly RpcInteraction[] = [
  notify("a completed order", completed(1), { answer: sent(completed(1), now) }),
  notify("a completed order, again", completed(2), {
    given: [message("was sent", completed(2), first)],
    answer: sent(completed(2), first),
  }),
  notify("a completed order while another does", completed(3), {
    given: [message("is being sent", completed(3))],
    error: beingSent,
  }),
  notify("a completed order whose message was being sent when its process was lost", completed(4), {
    given: [message("was left behind", completed(4))],
    answer: sent(completed(4), now),
  }),
  notify("a completed order of a user who is gone", completed(5, { userId: gone }), {
    given: [userIsGone],
    error: noRecipient,
  }),
  notify("a completed order of a user who is gone, again", completed(6, { userId: gone }), {
    given: [userIsGone, message("had no recipient", completed(6, { userId: gone }))],
    error: noRecipient,
  }),
  notify("a completed order of a user who is back", completed(7), {
    given: [message("had no recipient", completed(7))],
    answer: sent(completed(7), now),
  }),
  notify("a completed order when no message is taken", completed(8), {
    given: [takesNothing(completed(8))],
    error: notSent,
  }),
  notify(
    "another amount under the same event id",
    completed(9, { totalAmount: { currencyCode: "USD", units: "13" } }),
    {
      given: [message("was sent", completed(9), first)],
      error: refused("event"),
    },
  ),
  notify("a completed order under the id of a failed one's event", completed(10), {
    given: [message("was sent", failed(10), first)],
    error: refused("event"),
  }),
  notify("a completed order without its amount", without("totalAmount", completed(11)), {
    error: refused("event.total_amount"),
  }),
  ...forbiddenCalls("to tell of a completed order", notify("", completed(12), { error: notSent })),
];

/** Tells the customer that the order failed, and why. */
const cancellations: readonly RpcInteraction[] = [
  cancel("an order that failed before its stock was reserved", failed(30), { answer: sent(failed(30), now) }),
  cancel("an order that failed afterwards", failed(31, { totalAmount }), {
    answer: sent(failed(31, { totalAmount }), now),
  }),
  cancel("a failed order, again", failed(32), {
    given: [message("was sent", failed(32), first)],
    answer: sent(failed(32), first),
  }),
  cancel("a failed order while another does", failed(33), {
    given: [message("is being sent", failed(33))],
    error: beingSent,
  }),
  cancel("a failed order of a user who is gone", failed(34, { userId: gone }), {
    given: [userIsGone],
    error: noRecipient,
  }),
  cancel("a failed order when no message is taken", failed(35), { given: [takesNothing(failed(35))], error: notSent }),
  cancel("another failure under the same event id", failed(36, { failure: otherFailure }), {
    given: [message("was sent", failed(36), first)],
    error: refused("event"),
  }),
  cancel("a failed order under the id of a completed one's event", failed(37), {
    given: [message("was sent", completed(37), first)],
    error: refused("event"),
  }),
  cancel("a failed order without its failure", without("failure", failed(38)), { error: refused("event.failure") }),
  ...forbiddenCalls("to tell of a failed order", cancel("", failed(39), { error: notSent })),
];

/** What the order service asks of the notification service. */
export const orderToNotification: RpcBoundary = {
  consumer: "order-service",
  provider: "notification-service",
  proto: "shop/notifications/v1/notifications.proto",
  service: "shop.notifications.v1.NotificationService",
  metadata: { authorization: matching(/Bearer \S+/, "Bearer a-token") },
  interactions: [...notifications, ...cancellations],
};

type Event = ReturnType<typeof completed> | ReturnType<typeof failed>;

function completed(number: number, change: { userId?: string; totalAmount?: Expected } = {}) {
  return { ...event(number), type: "domain.order.OrderCompleted", totalAmount, ...change };
}

function failed(number: number, change: { userId?: string; totalAmount?: Expected; failure?: typeof failure } = {}) {
  return { ...event(number), type: "domain.order.OrderFailed", failure, ...change };
}

function event(number: number) {
  const digits = String(number).padStart(12, "0");
  const ids = { eventId: `01900000-0000-7000-e000-${digits}`, orderId: `01900000-0000-7000-c000-${digits}` };
  return { ...ids, userId: alice, occurredAt };
}

function without<Name extends "totalAmount" | "failure">(name: Name, event: Event): Event {
  return Object.fromEntries(Object.entries(event).filter(([part]) => part !== name)) as unknown as Event;
}

/** How far the message that tells of an event has come, and what stands in it where that matters. */
function message(how: string, event: Event, known: Readonly<Record<string, string>> = {}): ProviderState {
  const { eventId, orderId, userId, type } = event;
  const told: Record<string, string | number> =
    "failure" in event
      ? { failureCode: failure.code, failureMessage: failure.message, failureStep: failure.step }
      : { minorUnits: 1299, currency: "USD" };
  return {
    name: `the message that tells of an event ${how}`,
    params: { eventId, type, orderId, userId, occurredAt, ...told, ...known },
  };
}

function takesNothing({ orderId }: Event): ProviderState {
  return { name: "messages about an order are not taken", params: { orderId } };
}

type Terms = { readonly given?: readonly ProviderState[] };
type Outcome = { readonly answer: Expected } | { readonly error: RpcError };

function notify(what: string, event: Event, { given = [], ...outcome }: Terms & Outcome) {
  return tell("SendNotification", what, event, given, outcome);
}

function cancel(what: string, event: Event, { given = [], ...outcome }: Terms & Outcome) {
  return tell("SendCancellation", what, event, given, outcome);
}

function tell(method: string, what: string, event: Event, given: readonly ProviderState[], outcome: Outcome) {
  return {
    description: `to tell of ${what}`,
    given,
    method,
    request: { event },
    metadata: { "x-user-id": event.userId },
    response: "error" in outcome ? { error: outcome.error } : { message: outcome.answer },
  };
}

function sent({ eventId, orderId, userId, type }: Event, { id, sentAt }: { id: Expected; sentAt: Expected }): Expected {
  const kind = type === "domain.order.OrderCompleted" ? "NOTIFICATION_KIND_COMPLETED" : "NOTIFICATION_KIND_CANCELLED";
  return { notification: { id, eventId, orderId, userId, kind, sentAt } };
}

function refused(field: string): RpcError {
  return { code: "INVALID_ARGUMENT", fields: [field] };
}
