import { bucketName, DURATION_BUCKETS } from "../lib/duration-buckets.ts";
import { type Profile, peakOf, secondsOf } from "../lib/profiles.ts";
import type { Settings } from "../lib/settings.ts";
import type { Slots } from "../lib/slots.ts";
import {
  DOORS,
  ERROR_CODES,
  ORDER_OUTCOMES,
  ORDER_REQUESTS,
  PAYMENT_OUTCOMES,
  PAYMENT_REQUESTS,
} from "../lib/thresholds.ts";
import { countOf, type Durations, durationsOf, highestOf, type K6Summary, shareOf } from "./k6-summary.ts";
import { type Verdict, verdictsOf } from "./verdicts.ts";

/** What a report is made of. */
export interface RunInput {
  readonly profile: Profile;
  readonly settings: Settings;
  readonly slots: Slots;
  readonly summary: K6Summary;
  readonly endedAt: Date;
}

/** How the run stood in one slot of time. */
export interface SlotPoint {
  /** When the slot begins, in seconds since the run began. */
  readonly atSeconds: number;
  readonly users: number;
  readonly perSecond: number;
  readonly durations: Durations;
  readonly requests: number;
  readonly errorShare: number;
}

export interface RequestLine {
  readonly door: string;
  readonly kind: string;
  readonly durations: Durations;
  readonly errors: number;
}

/** A run in numbers; `<name>-summary.json` is this. It holds neither tokens nor secrets. */
export interface RunResult {
  readonly test: string;
  readonly says: string;
  readonly isPassed: boolean;
  readonly verdicts: readonly Verdict[];
  readonly startedAt: string;
  readonly endedAt: string;
  /** How long users came, as planned. */
  readonly seconds: number;
  /** How long they did come, where the run was stopped before its end. */
  readonly stoppedAfterSeconds?: number;
  readonly slotSeconds: number;
  readonly scale: number;
  readonly peakUsers: number;
  readonly doors: string;
  readonly targets: readonly string[];
  readonly machine: string;
  /** The orders, or calls, that the charts are about. */
  readonly main: Durations;
  readonly mainPerSecond: number;
  readonly requests: number;
  readonly errors: number;
  readonly undos: number;
  readonly dropped: number;
  readonly series: readonly SlotPoint[];
  readonly buckets: readonly { readonly below: string; readonly count: number }[];
  readonly outcomes: readonly { readonly outcome: string; readonly count: number }[];
  readonly lines: readonly RequestLine[];
  readonly errorCodes: readonly { readonly code: string; readonly count: number }[];
}

/** Reads a run's numbers out of k6's summary. */
export function resultOf({ profile, settings, slots, summary, endedAt }: RunInput): RunResult {
  const verdicts = verdictsOf(summary);
  const seconds = secondsOf(profile) * settings.scale;
  const main = durationsOf(summary, mainTrend(profile));
  const errors = shareOf(summary, "request_errors");
  const ranSeconds = summary.state.testRunDurationMs / 1000;
  const isStopped = ranSeconds < seconds - 1;
  return {
    test: profile.name,
    says: profile.says,
    isPassed: !isStopped && verdicts.length > 0 && verdicts.every(({ isKept }) => isKept),
    verdicts,
    startedAt: new Date(endedAt.getTime() - summary.state.testRunDurationMs).toISOString(),
    endedAt: endedAt.toISOString(),
    seconds,
    stoppedAfterSeconds: isStopped ? ranSeconds : undefined,
    slotSeconds: slots.seconds,
    scale: settings.scale,
    peakUsers: highestOf(summary, "vus") || peakOf(profile),
    doors: doorsOf(profile, settings),
    targets: targetsOf(profile, settings),
    machine: settings.machine,
    main,
    mainPerSecond: main.count / Math.max(1, Math.min(seconds, ranSeconds)),
    requests: errors.total,
    errors: errors.trues,
    undos: countOf(summary, "compensation_calls"),
    dropped: countOf(summary, "dropped_iterations"),
    series: seriesOf(profile, slots, seconds, summary),
    buckets: DURATION_BUCKETS.map(bucketName).map((below) => ({
      below,
      count: countOf(summary, `duration_buckets{bucket:${below}}`),
    })),
    outcomes: outcomesOf(profile, summary),
    lines: linesOf(profile, summary),
    errorCodes: ERROR_CODES.map((code) => ({ code, count: countOf(summary, `error_codes{code:${code}}`) })).filter(
      ({ count }) => count > 0,
    ),
  };
}

function mainTrend({ name }: Profile): string {
  return name === "mixed" ? "request_duration" : "order_creation_duration";
}

function seriesOf(profile: Profile, slots: Slots, seconds: number, summary: K6Summary): SlotPoint[] {
  return Array.from({ length: slots.count }, (_, slot) => {
    const atSeconds = slot * slots.seconds;
    const durations = durationsOf(summary, `${mainTrend(profile)}{slot:${slot}}`);
    const errors = shareOf(summary, `request_errors{slot:${slot}}`);
    return {
      atSeconds,
      users: highestOf(summary, `virtual_users{slot:${slot}}`),
      perSecond: durations.count / Math.max(0.1, Math.min(slots.seconds, seconds - atSeconds)),
      durations,
      requests: errors.total,
      errorShare: errors.total === 0 ? 0 : errors.trues / errors.total,
    };
  });
}

function outcomesOf({ name }: Profile, summary: K6Summary): { outcome: string; count: number }[] {
  return (name === "mixed" ? PAYMENT_OUTCOMES : ORDER_OUTCOMES)
    .map((outcome) => ({ outcome, count: countOf(summary, `outcomes{outcome:${outcome}}`) }))
    .filter(({ count }) => count > 0);
}

function linesOf({ name }: Profile, summary: K6Summary): RequestLine[] {
  const kinds = name === "mixed" ? PAYMENT_REQUESTS : ORDER_REQUESTS;
  return kinds
    .flatMap((kind) => DOORS.map((door) => ({ door, kind })))
    .map(({ door, kind }) => {
      const tags = `{door:${door},kind:${kind}}`;
      const durations = durationsOf(summary, `request_duration${tags}`);
      return { door, kind, durations, errors: shareOf(summary, `request_errors${tags}`).trues };
    })
    .filter(({ durations, errors }) => durations.count + errors > 0);
}

function doorsOf(profile: Profile, { door }: Settings): string {
  if (profile.name === "mixed") return "gRPC";
  if (door === "both" && peakOf(profile) === 1) return "REST and gRPC by turns";
  return door === "both" ? "REST and gRPC, half of the users each" : door === "rest" ? "REST" : "gRPC";
}

function targetsOf({ name }: Profile, { baseUrl, grpcTarget, paymentsTarget, door }: Settings): string[] {
  if (name === "mixed") return [`gRPC ${paymentsTarget}`];
  return [`REST ${baseUrl}`, ...(door === "rest" ? [] : [`gRPC ${grpcTarget}`])];
}
