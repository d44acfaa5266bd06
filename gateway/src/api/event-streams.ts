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

/** The streams of events that are open at this process. */
export interface EventStreams {
  readonly times: StreamTimes;
  /**
   * Takes a place for a stream of this user, until its response is closed. The signal is aborted then, and when the server
   * goes away. Throws OVERLOADED where no place is free, RATE_LIMITED where the user has as many as one may have.
   */
  enter(userId: string, res: ServerResponse): AbortSignal;
  /** Ends all streams, and every one that is asked for later. */
  close(): void;
}

/** The time that a stream's last bytes have to go out when the server goes away. */
const FLUSH_MS = 500;

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
      const leave = seats.take(userId);
      const stream = new AbortController();
      const leaveNow = () => {
        leave();
        stream.abort();
      };
      open.set(res, stream);
      res.once("close", () => {
        open.delete(res);
        if (res.writableFinished) leaveNow();
        else cancelBudget.cancelSoon(leaveNow);
      });
      return stream.signal;
    },
    close() {
      isClosed = true;
      for (const stream of open.values()) stream.abort();
      if (open.size > 0) setTimeout(destroyAll, FLUSH_MS).unref();
    },
  };
}
