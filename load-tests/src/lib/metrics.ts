import exec from "k6/execution";
import { Counter, Gauge, Rate, Trend } from "k6/metrics";
import { bucketName, bucketOf } from "./duration-buckets.ts";
import { type Slots, slotAt } from "./slots.ts";
import type { DoorName, ErrorCode, OrderOutcome, PaymentOutcome, RequestKind } from "./thresholds.ts";

const orderCreationDuration = new Trend("order_creation_duration", true);
const paymentProcessingSuccess = new Rate("payment_processing_success");
const compensationCalls = new Counter("compensation_calls");
const requestDuration = new Trend("request_duration", true);
const requestErrors = new Rate("request_errors");
const errorCodes = new Counter("error_codes");
const outcomes = new Counter("outcomes");
const durationBuckets = new Counter("duration_buckets");
const virtualUsers = new Gauge("virtual_users");

/** One request as its caller saw it. */
export interface Sent {
  readonly kind: RequestKind;
  readonly door: DoorName;
  /** When it was sent, by Date.now(). */
  readonly sentAt: number;
  readonly durationMs: number;
  /** Why it counts as an error; undefined where it was answered as it may be. */
  readonly error?: ErrorCode;
}

/** Counts a request: each for the share of errors, those that were answered for the durations. */
export function recordRequest(slots: Slots, { kind, door, sentAt, durationMs, error }: Sent): void {
  const slot = String(slotAt(slots, sentAt - exec.scenario.startTime));
  const tags = { kind, door, slot };
  virtualUsers.add(exec.instance.vusActive, { slot });
  requestErrors.add(error !== undefined, tags);
  if (error !== undefined) errorCodes.add(1, { code: error, door, kind });
  else requestDuration.add(durationMs, tags);
  if (error === undefined && kind === "place") orderCreationDuration.add(durationMs, { door, slot });
  if (error === undefined && isMain(kind)) durationBuckets.add(1, { bucket: bucketName(bucketOf(durationMs)) });
}

export function recordOutcome(outcome: OrderOutcome | PaymentOutcome): void {
  outcomes.add(1, { outcome });
}

/** Whether a payment was processed as it was meant to be: a decline that was asked for is no failure. */
export function recordPayment(isAsMeant: boolean): void {
  paymentProcessingSuccess.add(isAsMeant);
}

/** How many undos a saga's history shows. */
export function recordUndos(count: number): void {
  if (count > 0) compensationCalls.add(count);
}

/** The requests whose durations the report's charts show. */
function isMain(kind: RequestKind): boolean {
  return kind === "place" || kind === "ProcessPayment" || kind === "RefundPayment";
}
