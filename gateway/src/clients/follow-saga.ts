import { setTimeout as pause } from "node:timers/promises";
import { AppError, fromUnknown } from "@shop/platform/errors";
import type { SagaDocument } from "../domain/documents.ts";
import { hasEnded, isBehind } from "../domain/saga-progress.ts";

/** Opens one stream of a saga's states: how it stands, then every change. It throws AppErrors. */
export type OpenStates = (signal: AbortSignal) => AsyncGenerator<SagaDocument, void>;

/** How long a follower waits for what. */
export interface FollowTimes {
  /** For the first state of a stream, in milliseconds. */
  readonly firstStateMs: number;
  /** For a stream that broke off to be taken up again, in milliseconds. */
  readonly lostMs: number;
}

const usualTimes: FollowTimes = { firstStateMs: 3_000, lostMs: 60_000 };

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;

/**
 * The states of a saga until it has ended, over as many streams as it takes: one breaks off when its connection is
 * replaced, or when its server stops. No state comes twice in a row, and none that is older than the one before. Where the
 * first state cannot be had, and where a stream is not taken up again in time, the last error is thrown. Behind the last
 * state the stream is read to its own end: to leave it would be to cancel a call, of which a connection bears only so many.
 */
export async function* followSaga(
  open: OpenStates,
  signal: AbortSignal,
  times: FollowTimes = usualTimes,
): AsyncGenerator<SagaDocument, void> {
  let told: SagaDocument | undefined;
  let lostAt = performance.now();
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    try {
      for await (const saga of beginningWithin(times.firstStateMs, open, signal)) {
        pauseMs = FIRST_PAUSE_MS;
        lostAt = Number.POSITIVE_INFINITY;
        if (told !== undefined && (isBehind(saga, told) || isSame(saga, told))) continue;
        told = saga;
        yield saga;
      }
      if (told !== undefined && hasEnded(told.status)) return;
      throw new AppError("UNAVAILABLE", "The stream ended before its saga.");
    } catch (err) {
      if (told !== undefined && hasEnded(told.status)) return;
      lostAt = Math.min(lostAt, performance.now());
      const limitMs = told === undefined ? times.firstStateMs : times.lostMs;
      if (signal.aborted || isFinal(err, told !== undefined) || performance.now() + pauseMs > lostAt + limitMs)
        throw err;
    }
    await pause(pauseMs * (0.5 + Math.random() / 2), undefined, { signal });
  }
}

/** The states of one stream, which is broken off where the first does not come in time. */
async function* beginningWithin(
  limitMs: number,
  open: OpenStates,
  signal: AbortSignal,
): AsyncGenerator<SagaDocument, void> {
  const late = new AbortController();
  const tooLate = new AppError("UNAVAILABLE", "Orders cannot be read now.", { retryAfterMs: 1_000 });
  const timer = setTimeout(() => late.abort(tooLate), limitMs);
  try {
    for await (const saga of open(AbortSignal.any([signal, late.signal]))) {
      clearTimeout(timer);
      yield saga;
    }
  } finally {
    clearTimeout(timer);
  }
}

/** Claims that asking again would be answered in the same way. Whatever ends a stream under way but these ends it for now. */
function isFinal(err: unknown, isUnderWay: boolean): boolean {
  const { code } = fromUnknown(err);
  if (!isUnderWay) return code !== "UNAVAILABLE";
  return code === "UNAUTHENTICATED" || code === "PERMISSION_DENIED" || code === "NOT_FOUND";
}

function isSame(saga: SagaDocument, told: SagaDocument): boolean {
  return JSON.stringify(saga) === JSON.stringify(told);
}
