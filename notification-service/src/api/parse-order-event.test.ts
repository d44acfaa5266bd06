import type { OrderEvent } from "@shop/protos/gen/shop/notifications/v1/notifications";
import type { NotificationKind } from "../domain/order-event.ts";
import { parseOrderEvent } from "./parse-order-event.ts";

const failure = { code: "OUT_OF_STOCK", message: "Only 3 are left.", step: "ReserveInventory" };
const event: OrderEvent = {
  eventId: "01900000-0000-7000-8000-00000000000A",
  type: "domain.order.OrderCompleted",
  orderId: "01900000-0000-7000-8000-00000000000B",
  userId: "01900000-0000-7000-8000-00000000000C",
  totalAmount: { currencyCode: "USD", units: 12n, nanos: 990_000_000 },
  occurredAt: new Date(1000),
  failure: undefined,
};
const failed: OrderEvent = { ...event, type: "domain.order.OrderFailed", failure };

function fieldsOf(kind: NotificationKind, message: OrderEvent | undefined): string[] {
  try {
    parseOrderEvent(kind, message);
    return [];
  } catch (err) {
    return (err as { violations: { field: string }[] }).violations.map(({ field }) => field);
  }
}

it("gives ids in small letters and the amount in minor units", () => {
  expect(parseOrderEvent("COMPLETED", event)).toEqual({
    kind: "COMPLETED",
    eventId: "01900000-0000-7000-8000-00000000000a",
    orderId: "01900000-0000-7000-8000-00000000000b",
    userId: "01900000-0000-7000-8000-00000000000c",
    totalAmount: { minorUnits: 1299, currency: "USD" },
    occurredAt: event.occurredAt,
  });
});

it("takes a failure without an amount: nothing was reserved", () => {
  const parsed = parseOrderEvent("CANCELLED", { ...failed, totalAmount: undefined });
  expect(parsed).toMatchObject({ kind: "CANCELLED", totalAmount: undefined, failure });
});

it.each<[string, NotificationKind, OrderEvent | undefined, string[]]>([
  ["no event", "COMPLETED", undefined, ["event"]],
  ["another type", "COMPLETED", failed, ["event.type"]],
  ["a completion as a cancellation", "CANCELLED", event, ["event.type", "event.failure"]],
  ["a completion without an amount", "COMPLETED", { ...event, totalAmount: undefined }, ["event.total_amount"]],
  [
    "an amount below zero",
    "CANCELLED",
    { ...failed, totalAmount: { currencyCode: "USD", units: -1n, nanos: 0 } },
    ["event.total_amount"],
  ],
  ["no time", "COMPLETED", { ...event, occurredAt: undefined }, ["event.occurred_at"]],
  ["a failure without a code", "CANCELLED", { ...failed, failure: { ...failure, code: "" } }, ["event.failure.code"]],
  [
    "U+0000 in a text",
    "CANCELLED",
    { ...failed, failure: { ...failure, message: "\u0000" } },
    ["event.failure.message"],
  ],
  [
    "all faults together",
    "COMPLETED",
    { ...event, eventId: "", orderId: "1", userId: "\u0000", totalAmount: undefined },
    ["event.event_id", "event.order_id", "event.user_id", "event.total_amount"],
  ],
])("refuses %s", (_, kind, message, fields) => {
  expect(fieldsOf(kind, message)).toEqual(fields);
});
