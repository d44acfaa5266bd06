import { bucketName, DURATION_BUCKETS } from "./duration-buckets.ts";
import type { Slots } from "./slots.ts";

/** What k6 is told to watch: limits by metric, and with no limit the sub-metrics of which the report is made. */
export type Thresholds = Record<string, string[]>;

export const DOORS = ["rest", "grpc"] as const;
export type DoorName = (typeof DOORS)[number];

/** What an order can come to; what is not listed counts as "other". */
export const ORDER_OUTCOMES = [
  "Completed",
  "PAYMENT_DECLINED",
  "ADDRESS_NOT_SERVED",
  "OUT_OF_STOCK",
  "PRICE_CHANGED",
  "STEP_EXHAUSTED",
  "SAGA_TIMEOUT",
  "pending",
  "no_answer",
  "other",
] as const;
export type OrderOutcome = (typeof ORDER_OUTCOMES)[number];

export const PAYMENT_OUTCOMES = ["charged", "declined", "refunded", "cancelled", "no_answer", "other"] as const;
export type PaymentOutcome = (typeof PAYMENT_OUTCOMES)[number];

/** The kinds of requests; the table of the report has a line for each kind at each door. */
export const ORDER_REQUESTS = ["place", "repeat", "read", "saga", "list", "products"] as const;
export const PAYMENT_REQUESTS = ["ProcessPayment", "RefundPayment"] as const;
export type RequestKind = (typeof ORDER_REQUESTS)[number] | (typeof PAYMENT_REQUESTS)[number];

/** How a request can fail, by REST's `code` or gRPC's status; what is not listed counts as "other". */
export const ERROR_CODES = [
  "RATE_LIMITED",
  "OVERLOADED",
  "UNAVAILABLE",
  "DEADLINE_EXCEEDED",
  "RESOURCE_EXHAUSTED",
  "UNAUTHENTICATED",
  "PERMISSION_DENIED",
  "NOT_FOUND",
  "VALIDATION_FAILED",
  "INVALID_ARGUMENT",
  "FAILED_PRECONDITION",
  "ABORTED",
  "INTERNAL",
  "NO_CONNECTION",
  "UNREADABLE",
  "other",
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

const durationLimits = ["p(95)<500", "p(99)<1000"];

const commonLimits: Thresholds = {
  request_errors: ["rate<0.05"],
  payment_processing_success: ["rate>0.95"],
  checks: ["rate>0.99"],
};

/** The limits of the tests of orders, and the series of their reports. */
export function orderThresholds(slots: Slots): Thresholds {
  return {
    order_creation_duration: durationLimits,
    ...commonLimits,
    compensation_calls: [],
    ...seriesOf("order_creation_duration", slots),
    ...watched("order_creation_duration", "door", DOORS),
    ...watched("outcomes", "outcome", ORDER_OUTCOMES),
    ...requestTable(ORDER_REQUESTS),
  };
}

/** The limits of the test of payments, and the series of its report; at most 1 of 100 planned calls may be dropped. */
export function paymentThresholds(slots: Slots, plannedCalls: number): Thresholds {
  return {
    request_duration: durationLimits,
    ...commonLimits,
    dropped_iterations: [`count<${Math.max(1, Math.round(plannedCalls / 100))}`],
    ...seriesOf("request_duration", slots),
    ...watched("outcomes", "outcome", PAYMENT_OUTCOMES),
    ...requestTable(PAYMENT_REQUESTS),
  };
}

/** Without a limit a threshold cannot fail, and k6 keeps the sub-metric that it names. */
function watched(metric: string, tag: string, values: readonly (string | number)[]): Thresholds {
  return Object.fromEntries(values.map((value) => [`${metric}{${tag}:${value}}`, []]));
}

function seriesOf(trend: string, { count }: Slots): Thresholds {
  const slots = Array.from({ length: count }, (_, slot) => slot);
  return {
    ...watched(trend, "slot", slots),
    ...watched("request_errors", "slot", slots),
    ...watched("virtual_users", "slot", slots),
    ...watched("duration_buckets", "bucket", DURATION_BUCKETS.map(bucketName)),
    ...watched("error_codes", "code", ERROR_CODES),
  };
}

function requestTable(kinds: readonly RequestKind[]): Thresholds {
  const pairs = DOORS.flatMap((door) => kinds.map((kind) => `door:${door},kind:${kind}`));
  return Object.fromEntries(
    pairs.flatMap((pair) => [
      [`request_duration{${pair}}`, []],
      [`request_errors{${pair}}`, []],
    ]),
  );
}
