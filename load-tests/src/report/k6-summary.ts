/** What k6 gives handleSummary, as far as it is read. `setup_data` is left out on purpose: it holds tokens. */
export interface K6Summary {
  readonly metrics: Readonly<Record<string, K6Metric | undefined>>;
  readonly state: { readonly testRunDurationMs: number };
}

export interface K6Metric {
  readonly type: string;
  readonly contains: string;
  readonly values: Readonly<Record<string, number | undefined>>;
  readonly thresholds?: Readonly<Record<string, { readonly ok: boolean }>>;
}

/** Durations in milliseconds; all undefined where there were none. */
export interface Durations {
  readonly count: number;
  readonly p50?: number;
  readonly p95?: number;
  readonly p99?: number;
  readonly max?: number;
}

export function durationsOf({ metrics }: K6Summary, name: string): Durations {
  const values = metrics[name]?.values ?? {};
  const count = values.count ?? 0;
  if (count === 0) return { count };
  return { count, p50: values.med, p95: values["p(95)"], p99: values["p(99)"], max: values.max };
}

/** How many samples of a rate were true, of how many. */
export function shareOf({ metrics }: K6Summary, name: string): { trues: number; total: number } {
  const { passes = 0, fails = 0 } = metrics[name]?.values ?? {};
  return { trues: passes, total: passes + fails };
}

export function countOf({ metrics }: K6Summary, name: string): number {
  return metrics[name]?.values.count ?? 0;
}

export function highestOf({ metrics }: K6Summary, name: string): number {
  return metrics[name]?.values.max ?? 0;
}
