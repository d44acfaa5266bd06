import { type Profile, spike } from "../lib/profiles.ts";
import { readSettings } from "../lib/settings.ts";
import { slotsOf } from "../lib/slots.ts";
import type { K6Metric, K6Summary } from "./k6-summary.ts";
import { type RunInput, type RunResult, resultOf } from "./result.ts";

/** A trend with these durations. */
export function trend(count: number, med: number, p95: number, p99: number): K6Metric {
  return { type: "trend", contains: "time", values: { count, med, "p(95)": p95, "p(99)": p99, max: p99 } };
}

export function rate(passes: number, fails: number): K6Metric {
  return { type: "rate", contains: "default", values: { passes, fails, rate: passes / (passes + fails) } };
}

export function counter(count: number): K6Metric {
  return { type: "counter", contains: "default", values: { count } };
}

export function gauge(max: number): K6Metric {
  return { type: "gauge", contains: "default", values: { value: max, min: 0, max } };
}

export const keptLimit = { "p(95)<500": { ok: true } };

/** What k6 would tell of a small run; `more` adds to its metrics. */
export function summaryWith(more: Readonly<Record<string, K6Metric>> = {}): K6Summary {
  return {
    state: { testRunDurationMs: 301_000 },
    metrics: {
      order_creation_duration: { ...trend(1000, 42, 180, 640), thresholds: keptLimit },
      "order_creation_duration{slot:0}": trend(50, 20, 30, 40),
      "order_creation_duration{slot:2}": trend(100, 200, 400, 900),
      request_errors: { ...rate(3, 2997), thresholds: { "rate<0.05": { ok: true } } },
      "request_errors{slot:2}": rate(3, 297),
      "virtual_users{slot:0}": gauge(5),
      "virtual_users{slot:2}": gauge(100),
      "outcomes{outcome:Completed}": counter(900),
      "outcomes{outcome:PAYMENT_DECLINED}": counter(100),
      "duration_buckets{bucket:50}": counter(990),
      "duration_buckets{bucket:750}": counter(10),
      "request_duration{door:rest,kind:place}": trend(600, 40, 170, 600),
      "request_errors{door:rest,kind:place}": rate(3, 600),
      "error_codes{code:OVERLOADED}": counter(3),
      compensation_calls: counter(212),
      vus: gauge(100),
      ...more,
    },
  };
}

export function inputWith(
  more: Partial<RunInput> & { env?: Record<string, string>; profile?: Profile } = {},
): RunInput {
  return {
    profile: spike,
    settings: readSettings({ PASSWORD: "a-secret-password", CLIENT_SECRET: "a-secret-of-a-client", ...more.env }),
    slots: slotsOf(300),
    summary: summaryWith(),
    endedAt: new Date("2026-03-01T12:05:01Z"),
    ...more,
  };
}

export function resultWith(more: Partial<RunResult> = {}): RunResult {
  return { ...resultOf(inputWith()), ...more };
}
