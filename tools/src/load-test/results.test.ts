import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { forgetResults, keepVerdict, readResults } from "./results.ts";

const resultsDir = mkdtempSync(join(tmpdir(), "shop-results-"));
afterAll(() => rmSync(resultsDir, { recursive: true }));

const summary = {
  isPassed: true,
  main: { count: 12, p50: 20, p95: 41.6, p99: 80.2, max: 90 },
  mainPerSecond: 2,
  requests: 30,
  errors: 1,
  outcomes: [
    { outcome: "Completed", count: 7 },
    { outcome: "PAYMENT_DECLINED", count: 3 },
    { outcome: "no_answer", count: 2 },
  ],
};

function write(test: string, content: unknown): void {
  writeFileSync(join(resultsDir, `${test}-summary.json`), JSON.stringify(content));
}

test("tells the numbers that matter, where the report is, and what callers were told", async () => {
  write("smoke", summary);
  const results = await readResults({ test: "smoke", resultsDir });

  expect(results?.text.split("\n")).toEqual([
    "Measured  12 orders, 2.0 a second, p95 42 ms, p99 80 ms, 1 of 30 requests failed",
    `Report    ${join(resultsDir, "smoke-report.html")}`,
    `Summary   ${join(resultsDir, "smoke-summary.json")}`,
  ]);
  expect(results?.told).toEqual({ orders: 10, completedOrders: 7, chargedPayments: 0, refundedPayments: 0 });
});

test("of the payments' test tells the payments", async () => {
  write("mixed", {
    ...summary,
    main: { count: 0 },
    outcomes: [
      { outcome: "charged", count: 8 },
      { outcome: "refunded", count: 2 },
      { outcome: "declined", count: 1 },
    ],
  });
  const results = await readResults({ test: "mixed", resultsDir });

  expect(results?.text).toContain("0 calls, 2.0 a second, p95 -, p99 -,");
  expect(results?.told).toEqual({ orders: 0, completedOrders: 0, chargedPayments: 8, refundedPayments: 2 });
});

test("takes nothing of an earlier run for this one's, and touches no other test's", async () => {
  write("spike", summary);
  write("stress", summary);
  await keepVerdict({ test: "spike", resultsDir }, { isExact: true, text: "good" });
  expect(readFileSync(join(resultsDir, "spike-verdict.txt"), "utf8")).toBe("good\n");
  await forgetResults({ test: "spike", resultsDir });

  expect(await readResults({ test: "spike", resultsDir })).toBeUndefined();
  expect(readdirSync(resultsDir).filter((file) => /^(spike|stress)/.test(file))).toEqual(["stress-summary.json"]);
});
