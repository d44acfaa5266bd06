import { fromUnknown } from "@shop/platform/errors";
import type { Log } from "@shop/platform/logging";
import type { Metrics } from "@shop/platform/metrics";
import type { GuardState } from "@shop/platform/resilience";

/** What happens to payments, in the business's words; each event feeds its metric and its log line together. */
export interface PaymentEvents {
  /** A charge was sent to the provider, whatever came of it. */
  chargeAttempted(orderId: string): void;
  paymentAccepted(orderId: string): void;
  paymentDeclined(orderId: string): void;
  /** A call to the provider ended without an outcome. */
  providerFailed(orderId: string, err: unknown): void;
  /** A call to the provider was not sent, because its breaker is open. */
  providerHeldBack(orderId: string): void;
  /** A lease could not be given back before its time; it runs out by itself. */
  leaseNotEnded(orderId: string, err: unknown): void;
  /** A payment was given back, or never taken and never will be. */
  paymentUndone(orderId: string, status: "CANCELLED" | "REFUNDED"): void;
  breakerChanged(target: string, state: GuardState): void;
}

/** Declares the metrics, so that each is there with 0 from the start, and gives the events that feed them. */
export function createPaymentEvents(metrics: Metrics, log: Log): PaymentEvents {
  const attempts = metrics.counter({ name: "payment_attempts_total", help: "Charges sent to the provider." });
  const accepted = metrics.counter({ name: "payment_accepted_total", help: "Payments charged." });
  const failed = metrics.counter({ name: "payment_failed_total", help: "Payments declined by the provider." });
  const transient = metrics.counter({
    name: "payment_transient_failures_total",
    help: "Calls to the provider that ended without an outcome.",
  });
  const breakers = metrics.gauge({
    name: "circuit_breaker_state",
    help: "How the breaker before a target stands: 0 closed, 1 half-open, 2 open.",
    labels: ["target"],
  });
  return {
    chargeAttempted(orderId) {
      attempts.inc();
      log.debug({ orderId }, "charge sent");
    },
    paymentAccepted(orderId) {
      accepted.inc();
      log.info({ orderId }, "payment accepted");
    },
    paymentDeclined(orderId) {
      failed.inc();
      log.info({ orderId }, "payment declined");
    },
    providerFailed(orderId, err) {
      transient.inc();
      // What is no failure of the provider's is ours, though nobody is told more than that there was no outcome.
      const level = fromUnknown(err).code === "INTERNAL" ? "error" : "warn";
      log[level]({ orderId, err }, "payment provider failed");
    },
    providerHeldBack(orderId) {
      log.debug({ orderId }, "payment provider held back");
    },
    leaseNotEnded(orderId, err) {
      const level = fromUnknown(err).code === "UNAVAILABLE" ? "warn" : "error";
      log[level]({ orderId, err }, "lease not given back");
    },
    paymentUndone(orderId, status) {
      log.info({ orderId, status }, "payment undone");
    },
    breakerChanged(target, state) {
      breakers.set({ target }, breakerStates[state]);
      if (state !== "closed") log.warn({ target, state }, "circuit breaker changed");
    },
  };
}

const breakerStates: Record<GuardState, number> = { closed: 0, "half-open": 1, open: 2 };
