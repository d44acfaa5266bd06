import { runWithCorrelation } from "@shop/platform/correlation";
import { type AppError, fromUnknown } from "@shop/platform/errors";
import type {
  Blocked,
  Refused,
  StepCall,
  StepOutcome,
  Unauthenticated,
  UnderWay,
  UndoOutcome,
  Unknown,
} from "@shop/saga";
import type { Checkout } from "./checkout.ts";
import type { CallTerms, Refusal } from "./ports.ts";

/** The failure code of a step that a participant turned down for a reason that is not the customer's. */
const STEP_REFUSED = "STEP_EXHAUSTED";

/** Reasons of FAILED_PRECONDITION that say for good: what this order asks for will not happen. */
export type DefiniteReason = "UNDONE" | "EXPIRED" | "NOT_RESERVED";

/**
 * Asks a participant for a step, under the order's own correlation id, and translates its answer for the saga.
 * Only what is declared turns a saga round: a refusal, INVALID_ARGUMENT, or FAILED_PRECONDITION with one of `definite`
 * (rules T1 and T2).
 */
export async function askFor<Answer extends object | undefined>(
  checkout: Checkout,
  call: StepCall,
  definite: readonly DefiniteReason[],
  ask: (terms: CallTerms) => Promise<Refusal | Answer>,
  learn: (answer: Answer) => Partial<Checkout>,
): Promise<StepOutcome<Checkout>> {
  try {
    const answer = await runWithCorrelation(checkout, () => ask(termsOf(checkout, call)));
    return isRefusal(answer) ? { kind: "refused", ...codeAndMessage(answer) } : { kind: "done", patch: learn(answer) };
  } catch (err) {
    const error = fromUnknown(err);
    return refusalOf(error, definite) ?? uncertainOf(error);
  }
}

/** Asks a participant for an undo, under the order's own correlation id. No error is final for an undo (rule T1). */
export async function askUndo(
  checkout: Checkout,
  call: StepCall,
  ask: (terms: CallTerms) => Promise<void>,
): Promise<UndoOutcome> {
  try {
    await runWithCorrelation(checkout, () => ask(termsOf(checkout, call)));
    return { kind: "done" };
  } catch (err) {
    return uncertainOf(fromUnknown(err));
  }
}

function termsOf({ userId }: Checkout, { timeoutMs, signal }: StepCall): CallTerms {
  return { userId, timeoutMs, signal };
}

function isRefusal(answer: object | undefined): answer is Refusal {
  return answer !== undefined && "refused" in answer;
}

function codeAndMessage({ refused }: Refusal): { code: string; message: string } {
  return { code: refused.code, message: refused.message };
}

function refusalOf(error: AppError, definite: readonly string[]): Refused | undefined {
  const isDeclared =
    error.code === "VALIDATION_FAILED" ||
    error.code === "MALFORMED_BODY" ||
    (error.code === "FAILED_PRECONDITION" && error.reason !== undefined && definite.includes(error.reason));
  return isDeclared ? { kind: "refused", code: STEP_REFUSED, message: error.message } : undefined;
}

function uncertainOf(error: AppError): UnderWay | Blocked | Unauthenticated | Unknown {
  if (error.code === "ABORTED") return { kind: "underWay" };
  if (error.code === "UNAUTHENTICATED") return { kind: "unauthenticated" };
  if (error.reason === "CIRCUIT_OPEN" || error.reason === "BULKHEAD_FULL") {
    return { kind: "blocked", message: error.message };
  }
  return { kind: "unknown", message: `${error.code}: ${error.message}` };
}
