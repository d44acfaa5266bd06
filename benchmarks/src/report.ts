import { type Cost, type Heat, median } from "./race.ts";

/** One heat of each contender, in slices that take turns. */
export interface Pair {
  readonly engine: Heat;
  readonly naive: Heat;
}

/** All pairs at one number of callers. */
export interface Round {
  readonly callers: number;
  readonly pairs: readonly Pair[];
}

/** One line of the result: medians over the pairs. */
export interface Result {
  readonly engine: "engine" | "naive";
  readonly callers: number;
  readonly rate: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly commitsPerOrder: number;
  readonly walKiBPerOrder: number;
  /** Processor time of one order by process, in milliseconds; `postgres` is null where there is no /proc. */
  readonly cpuMsPerOrder: {
    readonly orchestrator: number | null;
    readonly postgres: number | null;
    readonly participants: number | null;
  };
}

/** The result in the form for machines, on one line. */
export function jsonOf(rounds: readonly Round[]): string {
  const ratios = rounds.map((round) => ({ callers: round.callers, ratio: Number(ratioOf(round).toFixed(2)) }));
  return JSON.stringify({ results: resultsOf(rounds), ratios });
}

function resultsOf(rounds: readonly Round[]): readonly Result[] {
  return rounds.flatMap(({ callers, pairs }) =>
    (["engine", "naive"] as const).map((engine) => resultOf(engine, callers, pairs)),
  );
}

function resultOf(engine: Result["engine"], callers: number, pairs: readonly Pair[]): Result {
  const rounded = (values: readonly number[]): number => Number(median(values).toFixed(2));
  const middle = (field: Exclude<keyof Heat, "cost">): number => rounded(pairs.map((pair) => pair[engine][field]));
  const cost = (field: keyof Cost): number => rounded(pairs.map((pair) => pair[engine].cost[field]));
  const orNull = (value: number): number | null => (Number.isNaN(value) ? null : value);
  return {
    engine,
    callers,
    rate: middle("rate"),
    p50: middle("p50"),
    p95: middle("p95"),
    p99: middle("p99"),
    commitsPerOrder: cost("commits"),
    walKiBPerOrder: cost("walKiB"),
    cpuMsPerOrder: {
      orchestrator: orNull(cost("orchestrator")),
      postgres: orNull(cost("postgres")),
      participants: orNull(cost("participants")),
    },
  };
}

/** The median of the pairs' ratios of the rates: what disturbs one of a pair disturbs the other. */
function ratioOf({ pairs }: Round): number {
  return median(pairs.map(({ engine, naive }) => engine.rate / naive.rate));
}

/** The result in the form for people. */
export function tableOf(rounds: readonly Round[]): string {
  const ratios = new Map(rounds.map((round) => [round.callers, ratioOf(round)]));
  const lines = resultsOf(rounds).map((result) => {
    const { orchestrator, postgres, participants } = result.cpuMsPerOrder;
    return [
      String(result.callers).padStart(7),
      result.engine.padEnd(6),
      column(result.rate, 0, 9),
      ...[result.p50, result.p95, result.p99].map((value) => column(value, 1, 7)),
      column(result.commitsPerOrder, 2, 8),
      column(result.walKiBPerOrder, 1, 7),
      ...[orchestrator, postgres, participants].map((value) => column(value, 2, 12)),
      result.engine === "engine" ? `${ratios.get(result.callers)?.toFixed(2)}x`.padStart(6) : "",
    ].join(" ");
  });
  return [...head, ...lines].map((line) => line.trimEnd()).join("\n");
}

const head = [
  "                            latency in ms       per order:        processor time per order in ms",
  "callers engine  orders/s     p50     p95     p99  commits WAL KiB orchestrator     postgres participants  ratio",
];

function column(value: number | null, digits: number, width: number): string {
  return (value === null ? "-" : value.toFixed(digits)).padStart(width);
}
