import type { ServerResponse } from "node:http";
import { AppError } from "@shop/platform/errors";
import { createSeats, type SeatLimits } from "@shop/platform/seats";
import { cancelBudget } from "./cancel-budget.ts";

/** How streams of events are kept up. */
export interface StreamTimes {
  /** After so long without an event a comment is sent, so that nobody on the way takes the stream for dead. */
  readonly heartbeatMs: number;
  /** How often it is asked whether the user's token is still good. */
  readonly recheckMs: number;
}

/** One stream's place. */
export interface EventStream {
  /** Aborted when there is nobody to tell anything any more: its response is closed, or the server goes away. */
  readonly ended: AbortSignal;
  /** Aborted, at some time after that, to cancel the call that its events come from. */
  readonly cancelled: AbortSignal;
  /** That call has come to its own end. */
  callEnded(): void;
}

/** The streams of events that are open at this process. */
export interface EventStreams {
  readonly times: StreamTimes;
  /**
   * Takes a place for a stream of this user, until its response is closed and its call has ended. Throws OVERLOADED where
   * no place is free, RATE_LIMITED where the user has as many as one may have.
   */
  enter(userId: string, res: ServerResponse): EventStream;
  /** Ends all streams, and every one that is asked for later. */
  close(): void;
}

/** The time that a stream's last bytes have to go out when the server goes away. */
const FLUSH_MS = 500;

/** The time that a call has to end by itself behind the last state of its saga. */
const CALL_END_MS = 100;

const usualTimes: StreamTimes = { heartbeatMs: 15_000, recheckMs: 5_000 };

/** Creates as many places for streams as there may be. */
export function createEventStreams(limits: SeatLimits, times: Partial<StreamTimes> = {}): EventStreams {
  const seats = createSeats(limits);
  const open = new Map<ServerResponse, AbortController>();
  let isClosed = false;

  function destroyAll(): void {
    for (const res of open.keys()) res.destroy();
  }

  return {
    times: { ...usualTimes, ...times },
    enter(userId, res) {
      if (isClosed) throw new AppError("UNAVAILABLE", "This server is going away; ask again.", { retryAfterMs: 1_000 });
      // It would never tell that it is closed.
      if (res.destroyed) throw new AppError("CANCELLED", "The client has gone.");
      const ended = new AbortController();
      const call = createCallEnd(seats.take(userId));
      open.set(res, ended);
      res.once("close", () => {
        open.delete(res);
        ended.abort();
        call.endSoon(res.writableFinished ? CALL_END_MS : 0);
      });
      return { ended: ended.signal, cancelled: call.cancelled, callEnded: call.hasEnded };
    },
    close() {
      isClosed = true;
      for (const ended of open.values()) ended.abort();
      if (open.size > 0) setTimeout(destroyAll, FLUSH_MS).unref();
    },
  };
}

/** The end of one stream's call, by itself or, when that may be, by being cancelled; `leave` is called when nobody waits for either. */
function createCallEnd(leave: () => void) {
  const cancelled = new AbortController();
  let hasEnded = false;
  let isLeft = false;

  function leaveNow(): void {
    leave();
    cancelled.abort();
  }

  function cancel(): void {
    if (!hasEnded) cancelBudget.cancelSoon(leaveNow);
  }

  return {
    cancelled: cancelled.signal,
    hasEnded() {
      hasEnded = true;
      if (isLeft) leaveNow();
    },
    endSoon(afterMs: number) {
      isLeft = true;
      if (hasEnded) leaveNow();
      else if (afterMs === 0) cancel();
      else setTimeout(cancel, afterMs).unref();
    },
  };
}
