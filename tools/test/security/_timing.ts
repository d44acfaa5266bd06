/** What a list of times says. */
export interface Distribution {
  readonly count: number;
  readonly p10: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
}

/** Times two questions in turn, so that whatever else the machine does meets both alike; in milliseconds. */
export async function timeInTurn(
  count: number,
  one: () => Promise<unknown>,
  other: () => Promise<unknown>,
): Promise<{ one: Distribution; other: Distribution }> {
  const times = { one: [] as number[], other: [] as number[] };
  for (let index = 0; index < count; index++) {
    const inOrder = index % 2 === 0 ? (["one", "other"] as const) : (["other", "one"] as const);
    for (const which of inOrder) {
      const startedAt = performance.now();
      await (which === "one" ? one() : other());
      times[which].push(performance.now() - startedAt);
    }
  }
  return { one: distributionOf(times.one), other: distributionOf(times.other) };
}

function distributionOf(times: readonly number[]): Distribution {
  const sorted = times.toSorted((left, right) => left - right);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return { count: sorted.length, p10: at(0.1), p50: at(0.5), p90: at(0.9), p99: at(0.99) };
}

/** The distribution as the cells of a table's row. */
export function distributionCells({ count, p10, p50, p90, p99 }: Distribution): string[] {
  return [String(count), ...[p10, p50, p90, p99].map((time) => `${time.toFixed(3)} ms`)];
}
