import { fromUnknown } from "./errors.ts";

/**
 * Claims that an error says something about the target's health, and so counts against its breaker: it could not be
 * reached, did not answer in time, or failed inside. A refusal, a fault of the caller's or a cancellation does not;
 * nor does a call that was never sent.
 */
export function isInfrastructureError(err: unknown): boolean {
  const { code, reason } = fromUnknown(err);
  if (reason === "CIRCUIT_OPEN" || reason === "BULKHEAD_FULL") return false;
  return code === "UNAVAILABLE" || code === "DEADLINE_EXCEEDED" || code === "INTERNAL";
}
