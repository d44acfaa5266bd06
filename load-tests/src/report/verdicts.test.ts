import { counter, rate, summaryWith, trend } from "./_run.ts";
import type { K6Metric } from "./k6-summary.ts";
import { verdictsOf } from "./verdicts.ts";

function limited(metric: K6Metric, limits: Record<string, boolean>): K6Metric {
  const thresholds = Object.fromEntries(Object.entries(limits).map(([limit, ok]) => [limit, { ok }]));
  return { ...metric, thresholds };
}

test.each<[string, K6Metric, string, string, string]>([
  [
    "order_creation_duration",
    trend(9, 1, 212.4, 3),
    "p(95)<500",
    "95 of 100 orders are answered within 500 ms",
    "212 ms",
  ],
  ["request_duration", trend(9, 1, 2, 3.14), "p(99)<1000", "99 of 100 calls are answered within 1,000 ms", "3.1 ms"],
  ["request_errors", rate(1, 99), "rate<0.05", "Fewer than 5 % of all requests fail", "1 %"],
  [
    "payment_processing_success",
    rate(97, 3),
    "rate>0.95",
    "More than 95 % of all payments come to the end that was meant",
    "97 %",
  ],
  ["checks", rate(1, 0), "rate>0.99", "More than 99 % of what is checked in the answers is right", "100 %"],
  ["dropped_iterations", counter(2), "count<30", "Fewer than 30 of the planned calls are dropped", "2"],
  ["something_new", counter(2), "count<30", "something_new: count < 30", "2"],
])("says the limit of %s in words", (name, metric, limit, says, measured) => {
  const verdicts = verdictsOf({ ...summaryWith(), metrics: { [name]: limited(metric, { [limit]: true }) } });
  expect(verdicts).toEqual([{ metric: name, limit, isKept: true, says, measured }]);
});

test("durations come first, and a limit that was not kept says so", () => {
  const metrics = {
    checks: limited(rate(1, 9), { "rate>0.99": false }),
    order_creation_duration: limited(trend(9, 1, 2, 3), { "p(99)<1000": true, "p(95)<500": true }),
  };
  const verdicts = verdictsOf({ ...summaryWith(), metrics });
  expect(verdicts.map(({ limit, isKept }) => [limit, isKept])).toEqual([
    ["p(95)<500", true],
    ["p(99)<1000", true],
    ["rate>0.99", false],
  ]);
});

test.each<[string, K6Metric, string]>([
  ["order_creation_duration", trend(0, 0, 0, 0), "p(95)<500"],
  ["request_errors", { ...rate(0, 0), values: { passes: 0, fails: 0, rate: 0 } }, "rate<0.05"],
])("a limit of %s on nothing was not kept, though k6 says so", (name, metric, limit) => {
  const verdicts = verdictsOf({ ...summaryWith(), metrics: { [name]: limited(metric, { [limit]: true }) } });
  expect(verdicts).toMatchObject([{ isKept: false, measured: "nothing was measured" }]);
});

test("that no call was dropped is a measurement", () => {
  const metrics = { dropped_iterations: limited(counter(0), { "count<30": true }) };
  expect(verdictsOf({ ...summaryWith(), metrics })).toMatchObject([{ isKept: true, measured: "0" }]);
});
