import { benchOrder, type Contender } from "./order.ts";

/** What one heat measured. Latencies in milliseconds, rate in orders a second. */
export interface Heat {
  readonly rate: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** Lets `callers` place one order after the other for `durationMs`, each waiting for its answer. */
export async function runHeat(contender: Contender, callers: number, durationMs: number): Promise<Heat> {
  const latencies: number[] = [];
  const startedAt = performance.now();
  const endsAt = startedAt + durationMs;
  let placed = 0;
  async function call(): Promise<void> {
    while (performance.now() < endsAt) {
      const order = benchOrder(placed++);
      const sentAt = performance.now();
      const ending = await contender.placeOrder(order);
      latencies.push(performance.now() - sentAt);
      if ((ending === "undone") !== (order.paymentMethod === "pm_declined")) {
        throw new Error(`order ${order.id} (${order.paymentMethod}) ended as ${ending}`);
      }
    }
  }
  await Promise.all(Array.from({ length: callers }, call));
  const seconds = (performance.now() - startedAt) / 1000;
  latencies.sort((a, b) => a - b);
  const at = (share: number): number =>
    latencies[Math.min(Math.floor(latencies.length * share), latencies.length - 1)] ?? 0;
  return { rate: latencies.length / seconds, p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

/** The middle one of an odd number of values. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
