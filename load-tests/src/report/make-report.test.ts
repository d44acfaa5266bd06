import { inputWith, rate, resultWith, summaryWith, trend } from "./_run.ts";
import { makeReport } from "./make-report.ts";
import { page } from "./page.ts";
import { textSummary } from "./text-summary.ts";

test("a run leaves a summary, a report and a text for the terminal", () => {
  const made = makeReport(inputWith({ env: { RESULTS_DIR: "/tmp/out" } }));
  expect(Object.keys(made)).toEqual(["stdout", "/tmp/out/spike-summary.json", "/tmp/out/spike-report.html"]);
  expect(JSON.parse(made["/tmp/out/spike-summary.json"] ?? "")).toMatchObject({ test: "spike", isPassed: true });
  expect(made.stdout).toContain("spike: passed, all 2 limits were kept");
});

test("no secret gets into any of them", () => {
  const made = makeReport(inputWith());
  expect(JSON.stringify(made)).not.toContain("a-secret");
});

test("the page needs nothing from anywhere", () => {
  const text = page(resultWith());
  expect(text).not.toMatch(/<script|<link|<img|src=|url\(|@import|href=/);
  expect(text).toContain("default-src 'none'");
});

test("whatever a machine or a target is called, the page shows it as text", () => {
  const evil = `</dd><script>alert(1)</script>`;
  const text = page(resultWith({ machine: evil, targets: [evil], says: evil, doors: evil }));
  expect(text).not.toContain("<script>");
  expect(text.match(/&lt;script&gt;/g)).toHaveLength(4);
});

test("each opened element of the page is closed", () => {
  const text = page(resultWith());
  for (const tag of [
    "section",
    "div",
    "svg",
    "table",
    "tr",
    "td",
    "span",
    "figure",
    "ul",
    "li",
    "dl",
    "p",
    "small",
    "b",
  ]) {
    const opened = text.match(new RegExp(`<${tag}[ >]`, "g"))?.length;
    expect([tag, text.match(new RegExp(`</${tag}>`, "g"))?.length]).toEqual([tag, opened]);
  }
});

test("what failed is said first, in the page and in the terminal", () => {
  const summary = summaryWith({ checks: { ...rate(1, 1), thresholds: { "rate>0.99": { ok: false } } } });
  const made = makeReport(inputWith({ summary }));
  expect(made.stdout).toContain("spike: failed, 1 of 3 limits was not kept");
  expect(made.stdout).toContain("✗ More than 99 % of what is checked in the answers is right");
  expect(made["./spike-report.html"]).toContain("Failed, 1 of 3 limits was not kept.");
});

test("the terminal is told the numbers", () => {
  const text = textSummary(resultWith());
  expect(text).toContain("1,000 orders in 5 min, 3.3 a second, up to 100 users at once");
  expect(text).toContain("p50 42 ms · p95 180 ms · p99 640 ms");
  expect(text).toContain("3,000, of which 3 failed (0.1 %): OVERLOADED 3");
  expect(text).toContain("completed 900 · payment declined 100");
});

test("a run that ended before its first request has not passed", () => {
  const nothing = { ...trend(0, 0, 0, 0), thresholds: { "p(95)<500": { ok: true } } };
  const summary = { state: { testRunDurationMs: 300_500 }, metrics: { order_creation_duration: nothing } };
  const made = makeReport(inputWith({ summary }));
  expect(made["./spike-report.html"]).toContain("Nothing was measured.");
  expect(made.stdout).toContain("spike: failed, nothing was measured");
});

test("a run whose limits k6 was told not to look at has not passed", () => {
  const { metrics, state } = summaryWith();
  const unlimited = Object.entries(metrics).map(([name, metric]) => [name, { ...metric, thresholds: undefined }]);
  const made = makeReport(inputWith({ summary: { state, metrics: Object.fromEntries(unlimited) } }));
  expect(made.stdout).toContain("spike: failed, no limit was looked at");
  expect(JSON.parse(made["./spike-summary.json"] ?? "")).toMatchObject({ isPassed: false });
});

test("a run that was stopped has not passed, and says how far it came", () => {
  const made = makeReport(inputWith({ summary: { ...summaryWith(), state: { testRunDurationMs: 120_000 } } }));
  expect(made.stdout).toContain("spike: stopped after 2 min, until then all limits were kept");
  expect(made.stdout).toContain("1,000 orders in 2 min, 8.3 a second");
  expect(JSON.parse(made["./spike-summary.json"] ?? "")).toMatchObject({ isPassed: false, stoppedAfterSeconds: 120 });
});
