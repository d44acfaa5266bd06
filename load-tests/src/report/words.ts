import { span } from "./numbers.ts";
import type { RunResult } from "./result.ts";

/** The run's result in one sentence. */
export function headline({ verdicts, isPassed, stoppedAfterSeconds, requests }: RunResult): string {
  const broken = verdicts.filter(({ isKept }) => !isKept).length;
  if (isPassed) return `passed, all ${verdicts.length} limits were kept`;
  if (verdicts.length === 0) return "failed, no limit was looked at: k6 was told not to (K6_NO_THRESHOLDS)";
  if (requests === 0) return "failed, nothing was measured: the run ended before its first request";
  const limits = `${broken} of ${verdicts.length} limits ${broken === 1 ? "was" : "were"} not kept`;
  return stoppedAfterSeconds === undefined
    ? `failed, ${limits}`
    : `stopped after ${span(stoppedAfterSeconds)}, ${broken === 0 ? "until then all limits were kept" : limits}`;
}

/** What the charts count. */
export function thingsOf({ test }: Pick<RunResult, "test">): string {
  return test === "mixed" ? "calls" : "orders";
}

const OUTCOMES: Readonly<Record<string, string>> = {
  Completed: "completed",
  PAYMENT_DECLINED: "payment declined",
  ADDRESS_NOT_SERVED: "address not served",
  OUT_OF_STOCK: "out of stock",
  PRICE_CHANGED: "price changed",
  STEP_EXHAUSTED: "a service could not be reached",
  SAGA_TIMEOUT: "took too long",
  pending: "still under way after 10 s",
  no_answer: "no answer (error)",
  other: "something else",
};

export function outcomeName(outcome: string): string {
  return OUTCOMES[outcome] ?? outcome;
}

/** Whether the customers' mix asks for such an end, or it tells of trouble. */
export function outcomeMood(outcome: string): "good" | "meant" | "bad" {
  if (outcome === "Completed" || outcome === "charged" || outcome === "refunded") return "good";
  if (["PAYMENT_DECLINED", "ADDRESS_NOT_SERVED", "OUT_OF_STOCK", "declined", "cancelled"].includes(outcome)) {
    return "meant";
  }
  return "bad";
}

const KINDS: Readonly<Record<string, string>> = {
  place: "place an order",
  repeat: "place it again (same key)",
  read: "read an order",
  saga: "read its saga",
  list: "list own orders",
  products: "list products",
};

export function kindName(kind: string): string {
  return KINDS[kind] ?? kind;
}
