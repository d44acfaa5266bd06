import { median } from "../race.ts";
import type { Load } from "./processes.ts";
import { processorMs, waitedMs } from "./processor-time.ts";
import type { Row } from "./table.ts";
import type { Ask } from "./work.ts";

/** One of those that take turns. */
export interface Contender {
  readonly name: string;
  readonly ask: Ask;
  readonly callers: number;
  /** How many make a slice. */
  readonly requests: number;
  /** Whose processor time is what it costs: of the door, and of what stands behind it. */
  readonly door?: number;
  readonly behind?: number;
}

interface Slice {
  readonly latenciesMs: readonly number[];
  readonly doorMs: number | undefined;
  readonly behindMs: number | undefined;
  readonly waited: number | undefined;
}

const warmUpSlices = 2;
const sliceLimitMs = 60_000;

/**
 * Measures all of them by turns, a slice each, every other round backwards: what disturbs the machine for a while disturbs
 * all. A slice is so many requests, so that a busy machine warms nobody up less. Costs are medians over the rounds,
 * latencies those of all slices together.
 */
export async function takeTurns(
  part: string,
  contenders: readonly Contender[],
  load: Load,
  rounds: number,
  progress: (line: string) => void,
): Promise<Row[]> {
  const slices = new Map<Contender, Slice[]>(contenders.map((contender) => [contender, []]));
  for (let round = -warmUpSlices; round < rounds; round += 1) {
    for (const contender of round % 2 === 0 ? contenders : contenders.toReversed()) {
      const slice = await runSlice(contender, load);
      if (round >= 0) slices.get(contender)?.push(slice);
    }
    progress(round < 0 ? `${part}: warming up` : `${part}: round ${round + 1} of ${rounds}`);
  }
  return contenders.map((contender) => rowOf(part, contender.name, slices.get(contender) ?? []));
}

async function runSlice({ ask, callers, requests, door, behind }: Contender, load: Load): Promise<Slice> {
  const before = [door, behind].map((pid) => pid && processorMs(pid));
  const waits = door === undefined ? undefined : watchWaits(door);
  const { latenciesMs } = await load.run({ ask, durationMs: sliceLimitMs, pace: { callers, requests } });
  const [doorMs, behindMs] = [door, behind].map((pid, index) => {
    return pid && (processorMs(pid) - (before[index] ?? 0)) / latenciesMs.length;
  });
  return { latenciesMs, doorMs, behindMs, waited: waits?.() };
}

/** Begins to watch a process; what comes back tells for what share of the time it has waited for a core. */
export function watchWaits(pid: number): () => number {
  const [startedAt, before] = [performance.now(), waitedMs(pid)];
  return () => (waitedMs(pid) - before) / (performance.now() - startedAt);
}

function rowOf(part: string, name: string, slices: readonly Slice[]): Row {
  const middle = (cost: "doorMs" | "behindMs" | "waited") => {
    const costs = slices.flatMap((slice) => slice[cost] ?? []);
    return costs.length === 0 ? undefined : median(costs);
  };
  return {
    part,
    name,
    doorMs: middle("doorMs"),
    behindMs: middle("behindMs"),
    waited: middle("waited"),
    latency: latencyOf(slices.flatMap(({ latenciesMs }) => latenciesMs)),
  };
}

/** What half, 95 and 99 of a hundred took at most. */
export function latencyOf(latenciesMs: readonly number[]): NonNullable<Row["latency"]> {
  const sorted = latenciesMs.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? Number.NaN;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), count: sorted.length };
}
