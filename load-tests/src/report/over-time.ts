import { type Chart, chart } from "./chart.ts";
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
        { value: 500, name: "p95's limit" },
        { value: 1000, name: "p99's limit" },
      ].filter(({ value }) => series.some((point) => (point.durations.p99 ?? 0) > value / 2)),
      atLeast: 20,
      format: milliseconds,
    }),
    failures(series, { ...time, hill }),
  ]}`;
}

/** Nothing is said in a word; a line along the floor would be looked at for long. */
function failures(series: readonly SlotPoint[], common: Pick<Chart, "seconds" | "slotSeconds" | "hill">): Html {
  const shares = series.map(({ errorShare }) => errorShare);
  if (shares.every((share) => share === 0))
    return html`<p class="quiet"><b>Requests that failed</b> none, at no time</p>`;
  return chart({
    ...common,
    title: "Requests that failed",
    lines: [{ name: "errors", look: "errors", values: shares }],
    limits: shares.some((share) => share > 0.02) ? [{ value: 0.05, name: "limit, 5 %" }] : [],
    atLeast: 0.01,
    format: percent,
  });
}
