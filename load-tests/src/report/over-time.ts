import { chart } from "./chart.ts";
import { type Html, html } from "./html.ts";
import { milliseconds, percent, short, whole } from "./numbers.ts";
import type { RunResult, SlotPoint } from "./result.ts";
import { thingsOf } from "./words.ts";

/** The charts over time, one below the other, with the same time from left to right. */
export function overTime({ series, seconds, slotSeconds, test }: RunResult): Html {
  const time = { seconds, slotSeconds };
  const hill = series.map(({ users }) => users);
  const things = thingsOf({ test });
  const durations = (read: (point: SlotPoint) => number | undefined) => series.map(read);
  return html`${[
    chart({
      ...time,
      title: "Virtual users",
      note: "drawn in grey behind the other charts",
      lines: [{ name: "users", look: "users", values: hill }],
      atLeast: 2,
      format: whole,
    }),
    chart({
      ...time,
      hill,
      title: `Answered ${things} a second`,
      lines: [{ name: `${things} a second`, look: "throughput", values: series.map(({ perSecond }) => perSecond) }],
      atLeast: 1,
      format: short,
    }),
    chart({
      ...time,
      hill,
      title: `How long ${things} took`,
      lines: [
        { name: "p99", look: "p99", values: durations((point) => point.durations.p99) },
        { name: "p95", look: "p95", values: durations((point) => point.durations.p95) },
        { name: "p50", look: "p50", values: durations((point) => point.durations.p50) },
      ],
      limits: [
        { value: 500, name: "limit of p95, 500 ms" },
        { value: 1000, name: "limit of p99, 1,000 ms" },
      ].filter(({ value }) => series.some((point) => (point.durations.p99 ?? 0) > value / 2)),
      atLeast: 20,
      format: milliseconds,
    }),
    chart({
      ...time,
      hill,
      title: "Requests that failed",
      lines: [{ name: "errors", look: "errors", values: series.map(({ errorShare }) => errorShare) }],
      limits: series.some(({ errorShare }) => errorShare > 0.02) ? [{ value: 0.05, name: "limit, 5 %" }] : [],
      atLeast: 0.01,
      format: percent,
    }),
  ]}`;
}
