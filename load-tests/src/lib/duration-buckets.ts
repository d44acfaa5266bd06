/** The upper ends, in milliseconds, of the bars in which the report shows how durations are spread. */
export const DURATION_BUCKETS: readonly number[] = [
  10,
  20,
  30,
  50,
  75,
  100,
  150,
  200,
  300,
  500,
  750,
  1000,
  2000,
  5000,
  Number.POSITIVE_INFINITY,
];

/** The upper end of the bucket that a duration falls into; an end belongs to the bucket above. */
export function bucketOf(durationMs: number): number {
  return DURATION_BUCKETS.find((end) => durationMs < end) ?? Number.POSITIVE_INFINITY;
}

/** A bucket's tag. */
export function bucketName(end: number): string {
  return Number.isFinite(end) ? String(end) : "more";
}
