import { type Heat, median } from "./race.ts";

/** One heat of each engine, run one after the other. */
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
export interface Result extends Heat {
  readonly engine: "engine" | "naive";
  readonly callers: number;
}

/** The result in the form for machines. */
export function resultsOf(rounds: readonly Round[]): readonly Result[] {
  return rounds.flatMap(({ callers, pairs }) =>
    (["engine", "naive"] as const).map((engine) => {
      const middle = (field: keyof Heat): number => Number(median(pairs.map((pair) => pair[engine][field])).toFixed(2));
      return { engine, callers, rate: middle("rate"), p50: middle("p50"), p95: middle("p95"), p99: middle("p99") };
    }),
  );
}

/** The result in the form for people. The ratio is the median of the pairs' ratios: what disturbs one disturbs both. */
export function tableOf(rounds: readonly Round[]): string {
  const results = resultsOf(rounds);
  const lines = results.map((result) => {
    const round = rounds.find(({ callers }) => callers === result.callers);
    const ratio = median((round?.pairs ?? []).map(({ engine, naive }) => engine.rate / naive.rate));
    const numbers = [result.rate, result.p50, result.p95, result.p99].map((value) => value.toFixed(1).padStart(9));
    return [
      String(result.callers).padStart(7),
      result.engine.padEnd(7),
      ...numbers,
      result.engine === "engine" ? `${ratio.toFixed(2)}x`.padStart(7) : "",
    ].join(" ");
  });
  const head = "callers engine   orders/s    p50 ms    p95 ms    p99 ms   ratio";
  return [head, ...lines].join("\n");
}
