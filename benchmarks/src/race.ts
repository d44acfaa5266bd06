import { benchOrder, type Contender } from "./order.ts";

/** What one heat measured. Latencies in milliseconds, rate in orders a second. */
export interface Heat {
  readonly rate: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** A heat while it is run. */
interface Tally {
  readonly latencies: number[];
  elapsedMs: number;
}

const sliceMs = 1000;

/**
 * Runs one heat of each contender, of `durationMs` each, in slices of a second that take turns: what disturbs the machine
 * for a while disturbs both.
 */
export async function runPair(
  first: Contender,
  second: Contender,
  callers: number,
  durationMs: number,
): Promise<readonly [Heat, Heat]> {
  const tallies: readonly [Tally, Tally] = [
    { latencies: [], elapsedMs: 0 },
    { latencies: [], elapsedMs: 0 },
  ];
  for (let slice = 0; slice < durationMs / sliceMs; slice++) {
    await runSlice(first, callers, tallies[0]);
    await runSlice(second, callers, tallies[1]);
  }
  return [heatOf(tallies[0]), heatOf(tallies[1])];
}

/** Lets `callers` place one order after the other for a slice, each waiting for its answer. */
async function runSlice(contender: Contender, callers: number, tally: Tally): Promise<void> {
  const startedAt = performance.now();
  async function call(): Promise<void> {
    while (performance.now() - startedAt < sliceMs) {
      const order = benchOrder(tally.latencies.length);
      const sentAt = performance.now();
      const ending = await contender.placeOrder(order);
      tally.latencies.push(performance.now() - sentAt);
      if ((ending === "undone") !== (order.paymentMethod === "pm_declined")) {
        throw new Error(`order ${order.id} (${order.paymentMethod}) ended as ${ending}`);
      }
    }
  }
  await Promise.all(Array.from({ length: callers }, call));
  tally.elapsedMs += performance.now() - startedAt;
}

function heatOf({ latencies, elapsedMs }: Tally): Heat {
  const sorted = latencies.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? 0;
  return { rate: (sorted.length / elapsedMs) * 1000, p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

/** The middle one of an odd number of values. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
