import type { K6Metric, K6Summary } from "./k6-summary.ts";
import { milliseconds, percent, whole } from "./numbers.ts";

/** One limit of the run, and whether it was kept. */
export interface Verdict {
  readonly metric: string;
  readonly limit: string;
  readonly isKept: boolean;
  /** The limit in words. */
  readonly says: string;
  /** What was measured, in words. */
  readonly measured: string;
}

const ORDER = [
  "order_creation_duration",
  "request_duration",
  "request_errors",
  "payment_processing_success",
  "checks",
  "dropped_iterations",
];

/** Every limit that k6 was given; the sub-metrics of the report have none. */
export function verdictsOf({ metrics }: K6Summary): Verdict[] {
  return Object.entries(metrics)
    .flatMap(([metric, found]) =>
      Object.entries(found?.thresholds ?? {}).map(([limit, { ok }]) => ({
        metric,
        limit,
        isKept: ok && isMeasured(found as K6Metric),
        says: inWords(metric, limit),
        measured: isMeasured(found as K6Metric) ? measuredOf(limit, found as K6Metric) : "nothing was measured",
      })),
    )
    .toSorted((one, other) => rank(one) - rank(other) || one.limit.localeCompare(other.limit));
}

function rank({ metric }: Verdict): number {
  const index = ORDER.indexOf(metric);
  return index === -1 ? ORDER.length : index;
}

function inWords(metric: string, limit: string): string {
  const [, statistic = "", sign = "", value = ""] = /^(.+?)\s*([<>]=?)\s*([\d.]+)$/.exec(limit) ?? [];
  const percentile = /^p\((\d+)\)$/.exec(statistic)?.[1];
  const number = Number(value);
  const percentage = `${Number((number * 100).toFixed(2))} %`;
  switch (metric) {
    case "order_creation_duration":
      return `${percentile} of 100 orders are answered within ${whole(number)} ms`;
    case "request_duration":
      return `${percentile} of 100 calls are answered within ${whole(number)} ms`;
    case "request_errors":
      return `Fewer than ${percentage} of all requests fail`;
    case "payment_processing_success":
      return `More than ${percentage} of all payments come to the end that was meant`;
    case "checks":
      return `More than ${percentage} of what is checked in the answers is right`;
    case "dropped_iterations":
      return `Fewer than ${whole(number)} of the planned calls ${number === 1 ? "is" : "are"} dropped`;
    default:
      return `${metric}: ${statistic} ${sign} ${value}`;
  }
}

/** k6 takes a limit on nothing for kept where the run ended before it was looked at. */
function isMeasured({ type, values }: K6Metric): boolean {
  switch (type) {
    case "trend":
      return (values.count ?? 0) > 0;
    case "rate":
      return (values.passes ?? 0) + (values.fails ?? 0) > 0;
    default:
      return true; // none at all is a good count of dropped calls
  }
}

function measuredOf(limit: string, { type, values }: K6Metric): string {
  const statistic = limit.split(/[<>=!]/)[0]?.trim() ?? "";
  const value = values[statistic] ?? Number.NaN;
  switch (type) {
    case "trend":
      return milliseconds(value);
    case "rate":
      return percent(value);
    default:
      return whole(value);
  }
}
