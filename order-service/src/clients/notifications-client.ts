import { AppError, fromUnknown } from "@shop/platform/errors";
import type { RpcClient } from "@shop/platform/grpc-client";
import { toWireMoney } from "@shop/platform/money";
import type { Guard } from "@shop/platform/resilience";
import type {
  NotificationServiceService,
  OrderEvent as OrderEventMessage,
} from "@shop/protos/gen/shop/notifications/v1/notifications";
import type { SubscribedEvent } from "../domain/order-event.ts";

/** What came of handing an event to its subscriber. */
export type Delivery =
  | { readonly kind: "done" }
  /** The subscriber will never take it. */
  | { readonly kind: "refused"; readonly error: AppError }
  /** The subscriber answered that something is wrong with it, or with handling it. */
  | { readonly kind: "failed"; readonly error: AppError }
  /** The subscriber could not be reached, or cannot do its part now: that says nothing about the event. */
  | { readonly kind: "away"; readonly error: AppError }
  /** The event was not sent, or its sender gave up waiting. */
  | { readonly kind: "unsent" };

/** Who listens to the orders' events. Every method of it is safe to repeat. */
export interface Subscriber {
  /** Hands over one event; never rejects. */
  deliver(event: SubscribedEvent, signal: AbortSignal): Promise<Delivery>;
  /** How many of `wanted` calls make sense now: none while its breaker is open, one to find out whether it is back. */
  room(wanted: number): number;
}

/** The notification service over gRPC, behind a guard. */
export function createNotificationsClient(
  rpc: RpcClient<typeof NotificationServiceService>,
  { guard, isProbing, timeoutMs }: { readonly guard: Guard; isProbing(): boolean; readonly timeoutMs: number },
): Subscriber {
  async function answer(event: SubscribedEvent, signal: AbortSignal): Promise<Delivery> {
    try {
      await tell(rpc, event, { timeoutMs, signal });
      return { kind: "done" };
    } catch (err) {
      return verdictOn(fromUnknown(err));
    }
  }

  return {
    async deliver(event, signal) {
      try {
        return await guard.run((limited) => answer(event, limited), signal);
      } catch (err) {
        const error = fromUnknown(err);
        return isUnsent(error) || signal.aborted ? { kind: "unsent" } : { kind: "away", error };
      }
    },
    room: (wanted) => (guard.isOpen() ? 0 : isProbing() ? Math.min(1, wanted) : wanted),
  };
}

async function tell(
  rpc: RpcClient<typeof NotificationServiceService>,
  event: SubscribedEvent,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<void> {
  const request = { event: toMessage(event) };
  const call = { timeoutMs, signal, userId: event.userId };
  switch (event.type) {
    case "domain.order.OrderCompleted":
      await rpc.sendNotification(request, call);
      return;
    case "domain.order.OrderFailed":
      await rpc.sendCancellation(request, call);
      return;
    default:
      return event.type satisfies never;
  }
}

/**
 * An answer about the event is a value, so that the guard does not take it for the subscriber's weakness: a hundred
 * events that nobody can handle may not hold up the next good one. What is thrown counts against the subscriber.
 */
function verdictOn(error: AppError): Delivery {
  switch (error.code) {
    case "VALIDATION_FAILED":
    case "FAILED_PRECONDITION":
      return { kind: "refused", error };
    case "ABORTED":
      return { kind: "away", error };
    case "UNAVAILABLE":
    case "DEADLINE_EXCEEDED":
    case "CANCELLED":
      throw error;
    case "UNAUTHENTICATED":
    case "PERMISSION_DENIED":
    case "UNIMPLEMENTED":
    case "OVERLOADED":
    case "RATE_LIMITED":
      throw new AppError("UNAVAILABLE", error.message, { cause: error });
    default:
      return { kind: "failed", error };
  }
}

function isUnsent({ reason }: AppError): boolean {
  return reason === "CIRCUIT_OPEN" || reason === "BULKHEAD_FULL";
}

function toMessage({ totalAmount, ...event }: SubscribedEvent): OrderEventMessage {
  return { ...event, failure: event.failure, totalAmount: totalAmount && toWireMoney(totalAmount) };
}
