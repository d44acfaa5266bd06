export interface Backoff {
  /** The wait before the first restart. */
  firstMs: number;
  /** The longest wait. */
  maxMs: number;
  /** A process that lived this long died for a new reason: its failures are counted from one again. */
  calmMs: number;
}

export const defaultBackoff: Backoff = { firstMs: 250, maxMs: 10_000, calmMs: 30_000 };

/** The wait after a number of failures in a row; each doubles it. */
export function backoffDelayMs(failures: number, { firstMs, maxMs }: Backoff): number {
  return Math.min(maxMs, firstMs * 2 ** (failures - 1));
}
