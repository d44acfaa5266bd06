import { readFile, rm, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { z } from "zod";
import type { Verdict } from "./check-books.ts";
import type { Told } from "./told.ts";

/** What k6's script has written. */
export interface Results {
  /** The numbers that matter, and where the report is; several lines. */
  readonly text: string;
  /** Whether every limit was measured and kept. */
  readonly isPassed: boolean;
  /** What the services have told k6's customers. */
  readonly told: Told;
}

interface Place {
  readonly test: string;
  readonly resultsDir: string;
}

/** What is read of the summary; see load-tests/src/report/result.ts. */
const summarySchema = z.object({
  isPassed: z.boolean(),
  main: z.object({ count: z.number(), p95: z.number().optional(), p99: z.number().optional() }),
  mainPerSecond: z.number(),
  requests: z.number(),
  errors: z.number(),
  outcomes: z.array(z.object({ outcome: z.string(), count: z.number() })),
});

type Summary = z.output<typeof summarySchema>;

/** So that what an earlier run has written is not taken for this one's. */
export async function forgetResults(place: Place): Promise<void> {
  await Promise.all(Object.values(filesOf(place)).map((file) => rm(file, { force: true })));
}

/** Keeps what the books say beside what k6 says. */
export async function keepVerdict(place: Place, { text }: Verdict): Promise<void> {
  await writeFile(filesOf(place).verdict, `${text}\n`);
}

/** Reads what the script has written; undefined where it has not come so far. */
export async function readResults(place: Place): Promise<Results | undefined> {
  const { summary: summaryFile, report } = filesOf(place);
  const text = await readFile(summaryFile, "utf8").catch(() => undefined); // k6 has said why
  if (text === undefined) return undefined;
  const summary = summarySchema.parse(JSON.parse(text));
  const lines = [measured(place.test, summary), `Report    ${shorten(report)}`, `Summary   ${shorten(summaryFile)}`];
  return { text: lines.join("\n"), isPassed: summary.isPassed, told: toldIn(place.test, summary) };
}

function filesOf({ test, resultsDir }: Place) {
  const file = (ending: string) => join(resultsDir, `${test}-${ending}`);
  return { summary: file("summary.json"), report: file("report.html"), verdict: file("verdict.txt") };
}

function measured(test: string, { main, mainPerSecond, requests, errors }: Summary): string {
  const milliseconds = (value: number | undefined) => (value === undefined ? "-" : `${Math.round(value)} ms`);
  return [
    `Measured  ${main.count} ${isOfPayments(test) ? "calls" : "orders"}, ${mainPerSecond.toFixed(1)} a second`,
    `p95 ${milliseconds(main.p95)}`,
    `p99 ${milliseconds(main.p99)}`,
    `${errors} of ${requests} requests failed`,
  ].join(", ");
}

function toldIn(test: string, { outcomes }: Summary): Told {
  const count = (isCounted: (outcome: string) => boolean) =>
    outcomes.filter(({ outcome }) => isCounted(outcome)).reduce((sum, each) => sum + each.count, 0);
  const of = (name: string) => count((outcome) => outcome === name);
  const isOfOrders = !isOfPayments(test);
  return {
    orders: isOfOrders ? count((outcome) => !/^no.answer$/.test(outcome)) : 0,
    completedOrders: isOfOrders ? of("Completed") : 0,
    chargedPayments: isOfOrders ? 0 : of("charged"),
    refundedPayments: isOfOrders ? 0 : of("refunded"),
  };
}

function isOfPayments(test: string): boolean {
  return test === "mixed";
}

/** A path below the current folder is shown from there. */
function shorten(path: string): string {
  const fromHere = relative(process.cwd(), path);
  return fromHere.startsWith("..") ? path : fromHere;
}
