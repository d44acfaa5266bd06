import { validationFailed } from "@shop/platform/errors";
import { fromWireMoney, type Money } from "@shop/platform/money";
import { collectViolations, type Violations } from "@shop/platform/validation";
import type {
  Failure as FailureMessage,
  OrderEvent as OrderEventMessage,
} from "@shop/protos/gen/shop/notifications/v1/notifications";
import type { Failure, NotificationKind, OrderEvent } from "../domain/order-event.ts";

const MAX_NAME_LENGTH = 100;
const MAX_TEXT_LENGTH = 1000;

const types: Record<NotificationKind, string> = {
  COMPLETED: "domain.order.OrderCompleted",
  CANCELLED: "domain.order.OrderFailed",
};

/** Checks an event that is to be told of as `kind`; all its faults are told together. */
export function parseOrderEvent(kind: NotificationKind, message: OrderEventMessage | undefined): OrderEvent {
  if (message === undefined) throw validationFailed([{ field: "event", message: "is required" }]);
  const violations = collectViolations();
  const event = readEvent(kind, message, violations);
  if (event === undefined || violations.list.length > 0) throw validationFailed(violations.list);
  return event;
}

function readEvent(kind: NotificationKind, message: OrderEventMessage, violations: Violations): OrderEvent | undefined {
  const eventId = violations.uuid("event.event_id", message.eventId);
  if (message.type !== types[kind]) violations.add("event.type", `must be ${types[kind]}`);
  const orderId = violations.uuid("event.order_id", message.orderId);
  const userId = violations.uuid("event.user_id", message.userId);
  const totalAmount = readAmount(message, violations);
  const { occurredAt } = message;
  if (occurredAt === undefined || Number.isNaN(occurredAt.getTime()))
    violations.add("event.occurred_at", "is required");
  const failure = message.failure && readFailure(message.failure, violations);
  if (kind === "COMPLETED") {
    if (totalAmount === undefined) violations.add("event.total_amount", "is required");
    return totalAmount && occurredAt && { kind, eventId, orderId, userId, occurredAt, totalAmount };
  }
  if (failure === undefined) violations.add("event.failure", "is required");
  return failure && occurredAt && { kind, eventId, orderId, userId, occurredAt, totalAmount, failure };
}

function readAmount({ totalAmount }: OrderEventMessage, violations: Violations): Money | undefined {
  const amount = totalAmount && fromWireMoney(totalAmount);
  if (totalAmount === undefined || (amount !== undefined && amount.minorUnits >= 0)) return amount;
  violations.add("event.total_amount", "must be an amount of whole hundredths, not below zero");
  return undefined;
}

function readFailure({ code, message, step }: FailureMessage, violations: Violations): Failure {
  return {
    code: violations.text("event.failure.code", code, { maxLength: MAX_NAME_LENGTH, required: true }),
    message: violations.text("event.failure.message", message, { maxLength: MAX_TEXT_LENGTH }),
    step: violations.text("event.failure.step", step, { maxLength: MAX_NAME_LENGTH }),
  };
}
