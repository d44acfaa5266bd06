import { type Meter, type Reading, spentBetween, sumOf } from "./meter.ts";
import { benchOrder, type Contender } from "./order.ts";

/** What one heat measured. Latencies in milliseconds, rate in orders a second. */
export interface Heat {
  readonly rate: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  /** What one order cost on average. */
  readonly cost: Cost;
}

/** What one order costs. Processor times in milliseconds, by process; `postgres` is NaN where there is no /proc. */
export interface Cost {
  readonly commits: number;
  readonly walKiB: number;
  readonly orchestrator: number;
  readonly postgres: number;
  readonly participants: number;
}

/** A heat while it is run. */
interface Tally {
  readonly latencies: number[];
  elapsedMs: number;
  spent?: Reading;
}

const sliceMs = 1000;

/**
 * Runs one heat of each contender, of `durationMs` each, in slices of a second that take turns: what disturbs the machine
 * for a while disturbs both.
 */
export async function runPair(
  [first, second]: readonly [Contender, Contender],
  callers: number,
  durationMs: number,
  meter: Meter,
): Promise<readonly [Heat, Heat]> {
  const tallies: readonly [Tally, Tally] = [
    { latencies: [], elapsedMs: 0 },
    { latencies: [], elapsedMs: 0 },
  ];
  for (let slice = 0; slice < durationMs / sliceMs; slice++) {
    await runSlice(first, callers, tallies[0], meter);
    await runSlice(second, callers, tallies[1], meter);
  }
  return [heatOf(tallies[0]), heatOf(tallies[1])];
}

/** Lets `callers` place one order after the other for a slice, each waiting for its answer. */
async function runSlice(contender: Contender, callers: number, tally: Tally, meter: Meter): Promise<void> {
  const before = await meter.read();
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
  const spent = spentBetween(before, await meter.read());
  tally.spent = tally.spent ? sumOf(tally.spent, spent) : spent;
}

function heatOf({ latencies, elapsedMs, spent }: Tally): Heat {
  const sorted = latencies.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? 0;
  const rate = (sorted.length / elapsedMs) * 1000;
  return { rate, p50: at(0.5), p95: at(0.95), p99: at(0.99), cost: costOf(spent, sorted.length) };
}

function costOf(spent: Reading | undefined, orders: number): Cost {
  const each = (value = Number.NaN): number => value / orders;
  return {
    commits: each(spent?.commits),
    walKiB: each(spent?.walBytes) / 1024,
    orchestrator: each(spent?.cpuMs.orchestrator),
    postgres: each(spent?.cpuMs.postgres),
    participants: each(spent?.cpuMs.participants),
  };
}

/** The middle one of an odd number of values. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
