import { defineSaga, type SagaDefinition } from "@shop/saga";
import type { Checkout } from "./checkout.ts";
import type { Participants } from "./ports.ts";
import { commitInventory } from "./steps/commit-inventory.ts";
import { processPayment, refundPayment } from "./steps/process-payment.ts";
import { releaseInventory, reserveInventory } from "./steps/reserve-inventory.ts";
import { cancelShipment, scheduleShipment } from "./steps/schedule-shipment.ts";
import { validateInventory } from "./steps/validate-inventory.ts";

/** How patient the checkout is; durations in milliseconds. */
export interface CheckoutPolicy {
  /** A checkout that has not been sold by then is turned round. Shorter than a reservation lives. */
  readonly timeoutMs: number;
  /** Calls after the first before a step is exhausted. */
  readonly retries: number;
  /** Wait before the first retry; doubled for each further one. */
  readonly retryDelayMs: number;
  /** Parked on the payment or the shipment for longer, a checkout is turned round and its stock given back. */
  readonly giveUpAfterMs: number;
}

/** What is sent to the customer when a checkout has ended: the relay sends it from the outbox. */
export const messages = { completed: "SendNotification", failed: "SendCancellation" } as const;

/** The checkout: what happens, in this order, and how each step is undone. */
export function checkoutSaga(
  { inventory, payments, shipping }: Participants,
  { timeoutMs, retries, retryDelayMs, giveUpAfterMs }: CheckoutPolicy,
): SagaDefinition<Checkout> {
  return defineSaga<Checkout>("checkout", { timeoutMs, policy: { retries, retryDelayMs }, describe: describeCheckout })
    .check("ValidateInventory", validateInventory(inventory))
    .step("ReserveInventory", {
      do: reserveInventory(inventory),
      undo: releaseInventory(inventory),
      undoName: "ReleaseInventory",
    })
    .step("ProcessPayment", {
      do: processPayment(payments),
      undo: refundPayment(payments),
      undoName: "RefundPayment",
      policy: { giveUpAfterMs },
    })
    .step("ScheduleShipment", {
      do: scheduleShipment(shipping),
      undo: cancelShipment(shipping),
      undoName: "CancelShipment",
      policy: { giveUpAfterMs },
    })
    .pivot("CommitInventory", { do: commitInventory(inventory), arbiter: "ReserveInventory" })
    .after(messages);
}

/** What a dead letter shows of a checkout, picked by name: nothing that says who the customer is or where they live. */
export function describeCheckout(checkout: Checkout): Readonly<Record<string, unknown>> {
  const { lines, paymentMethod, reserved, payment, shipment } = checkout;
  return { lines, paymentMethod, totalAmount: reserved?.totalAmount, payment, shipment };
}

/** The steps and undos that each participant answers: what goes on when it can be reached again. */
export const stepsOf: Readonly<Record<keyof Participants, readonly string[]>> = {
  inventory: ["ValidateInventory", "ReserveInventory", "CommitInventory", "ReleaseInventory"],
  payments: ["ProcessPayment", "RefundPayment"],
  shipping: ["ScheduleShipment", "CancelShipment"],
};
