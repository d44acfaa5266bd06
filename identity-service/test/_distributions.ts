/** The value below which that share of the samples lies. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** The statistic of Kolmogorov and Smirnov: the greatest distance between the two distributions, from 0 to 1. */
export function kolmogorovSmirnov(one: readonly number[], other: readonly number[]): number {
  const values = [...one, ...other].sort((a, b) => a - b);
  const shareUpTo = (samples: readonly number[], value: number) =>
    samples.filter((sample) => sample <= value).length / samples.length;
  return Math.max(...values.map((value) => Math.abs(shareUpTo(one, value) - shareUpTo(other, value))));
}

/** What that statistic exceeds once in a thousand times where the two distributions are the same. */
export function kolmogorovSmirnovLimit(ones: number, others: number): number {
  return 1.95 * Math.sqrt((ones + others) / (ones * others));
}

/** The share of pairs in which `one`'s is the greater (Mann and Whitney's U): a half where the two are the same. */
export function shareGreater(one: readonly number[], other: readonly number[]): number {
  let wins = 0;
  for (const a of one) for (const b of other) wins += a > b ? 1 : a === b ? 0.5 : 0;
  return wins / (one.length * other.length);
}

/** A line for a report. */
export function described(samples: readonly number[]): string {
  const at = (share: number) => quantile(samples, share).toFixed(2);
  return `p5 ${at(0.05)}  p50 ${at(0.5)}  p95 ${at(0.95)}  p99 ${at(0.99)} ms (${samples.length})`;
}
