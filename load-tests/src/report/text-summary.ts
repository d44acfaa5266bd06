import { milliseconds, percent, short, span, whole } from "./numbers.ts";
import type { RunResult } from "./result.ts";
import { headline, outcomeName, thingsOf } from "./words.ts";

/** A run in a few lines, for a terminal or a log. */
export function textSummary(result: RunResult): string {
  const width = Math.max(...result.verdicts.map(({ says }) => says.length));
  return [
    "",
    `${result.test}: ${headline(result)}`,
    ...result.verdicts.map(
      ({ isKept, says, measured }) => `  ${isKept ? "✓" : "✗"} ${says.padEnd(width)}   ${measured}`,
    ),
    "",
    `  ${whole(result.main.count)} ${thingsOf(result)} in ${span(result.stoppedAfterSeconds ?? result.seconds)}, ${short(result.mainPerSecond)} a second, up to ${result.peakUsers} ${result.peakUsers === 1 ? "user" : "users"} at once`,
    `  Durations  p50 ${duration(result.main.p50)} · p95 ${duration(result.main.p95)} · p99 ${duration(result.main.p99)} · longest ${duration(result.main.max)}`,
    `  Requests   ${whole(result.requests)}, of which ${whole(result.errors)} failed (${percent(result.requests ? result.errors / result.requests : 0)})${listed(result.errorCodes.map(({ code, count }) => `${code} ${whole(count)}`))}`,
    `  Outcomes   ${result.outcomes.map(({ outcome, count }) => `${outcomeName(outcome)} ${whole(count)}`).join(" · ")}`,
    ...(result.test === "mixed"
      ? [`  Dropped    ${whole(result.dropped)}`]
      : [`  Undos      ${whole(result.undos)} seen in the sagas that were read`]),
  ].join("\n");
}

function duration(value: number | undefined): string {
  return value === undefined ? "–" : milliseconds(value);
}

function listed(parts: readonly string[]): string {
  return parts.length === 0 ? "" : `: ${parts.join(", ")}`;
}
