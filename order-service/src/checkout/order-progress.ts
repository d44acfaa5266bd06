import { isFinal, type SagaSnapshot } from "@shop/saga";
import type { Failure, OrderProgress, OrderStatus } from "../domain/order.ts";
import type { OrderEvent } from "../domain/order-event.ts";
import type { Checkout } from "./checkout.ts";

/** What the order looks like while its saga stands like this. */
export function orderProgress(saga: SagaSnapshot<Checkout>): OrderProgress {
  const { orderId, lines, reserved } = saga.data;
  return {
    id: orderId,
    status: orderStatus(saga),
    items: reserved?.lines ?? lines,
    totalAmount: reserved?.totalAmount,
    failure: saga.failure && inCustomersWords(saga.failure),
  };
}

/**
 * What is to be told of the order now that its saga stands like this: nothing before the saga's end (D1), also where the
 * order has failed already, for what is told then says that everything is undone.
 */
export function orderEvents(saga: SagaSnapshot<Checkout>): OrderEvent[] {
  if (!isFinal(saga.status)) return [];
  const { orderId, userId, reserved } = saga.data;
  const about = { orderId, userId, totalAmount: reserved?.totalAmount };
  switch (orderStatus(saga)) {
    case "Completed":
      return [{ type: "domain.order.OrderCompleted", ...about }];
    case "Failed":
      return [{ type: "domain.order.OrderFailed", ...about, failure: saga.failure && inCustomersWords(saga.failure) }];
    default:
      return [];
  }
}

/** The failure is there only once it is certain; until then a saga that turns leaves its order as it was. */
function orderStatus({ status, data, failure }: SagaSnapshot<Checkout>): OrderStatus {
  if (status === "Completed") return "Completed";
  if (failure !== undefined) return "Failed";
  if (data.payment !== undefined) return "PaymentProcessed";
  return data.reserved !== undefined ? "InventoryReserved" : "Submitted";
}

/** A refusal's message is the participant's own; what the engine says of lost answers belongs in the saga's history. */
function inCustomersWords(failure: Failure): Failure {
  const message = WORDS[failure.code];
  return message === undefined ? failure : { ...failure, message };
}

const WORDS: Readonly<Record<string, string>> = {
  STEP_EXHAUSTED: "A part of the shop could not handle the order. What had been done for it is undone.",
  SAGA_TIMEOUT: "The order could not be completed in time. What had been done for it is undone.",
};
