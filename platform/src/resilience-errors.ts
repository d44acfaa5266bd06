import { AppError, fromUnknown } from "./errors.ts";

/**
 * What the end of a call proves about its target: that it answers, which a refusal does as well as a success; that it
 * fails; or nothing, where the call was given up or never sent.
 */
export type Proof = "answers" | "fails" | "nothing";

/**
 * The reason of an UNAVAILABLE that a target answers with for a provider of its own, which failed this one call. The target
 * itself answers; it has a breaker for the provider, and once that is open it leaves the reason out.
 */
export const providerFailed = "PROVIDER_FAILED";

/** What an error proves about the target of a call that `signal` could have ended. */
export function proofOf(err: unknown, signal?: AbortSignal): Proof {
  const { code, reason } = fromUnknown(err);
  if (code === "CANCELLED" || isUnsent(reason)) return "nothing";
  // A caller may give up with any error as its reason. Only that of a time-out tells something about the target.
  if (signal?.aborted && err === signal.reason && code !== "DEADLINE_EXCEEDED") return "nothing";
  return isInfrastructureError(err) ? "fails" : "answers";
}

/**
 * Claims that an error says something about the target's health, and so counts against its breaker: it could not be
 * reached, did not answer in time, or failed inside. A refusal, a fault of the caller's or a cancellation does not;
 * nor does a call that was never sent, nor one that failed at a provider behind the target.
 */
export function isInfrastructureError(err: unknown): boolean {
  const { code, reason } = fromUnknown(err);
  if (isUnsent(reason) || reason === providerFailed) return false;
  return code === "UNAVAILABLE" || code === "DEADLINE_EXCEEDED" || code === "INTERNAL";
}

function isUnsent(reason: string | undefined): boolean {
  return reason === "CIRCUIT_OPEN" || reason === "BULKHEAD_FULL";
}

/**
 * The error of a call that its caller's signal ended: the signal's reason where that is an error of ours,
 * DEADLINE_EXCEEDED where it is a TimeoutError, as the caller waited in vain, otherwise CANCELLED.
 */
export function whyAborted(signal: AbortSignal | undefined, cause?: unknown): AppError {
  const reason: unknown = signal?.reason;
  if (reason instanceof AppError) return reason;
  return fromUnknown(reason).code === "DEADLINE_EXCEEDED"
    ? new AppError("DEADLINE_EXCEEDED", "The call was not answered in time.", { cause })
    : new AppError("CANCELLED", "The call was cancelled.", { cause });
}
