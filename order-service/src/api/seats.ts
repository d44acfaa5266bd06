import { AppError } from "@shop/platform/errors";

const RETRY_AFTER_MS = 1000;

/** Places of which there are only so many. */
export interface Seats {
  /** Takes one and answers how to give it back. Throws OVERLOADED where none is free. */
  take(): () => void;
  /** How many are taken. */
  readonly taken: number;
}

/**
 * Creates places for callers that stay for long, so that they cannot fill this process.
 *
 * @param refusal Told to a caller for whom there is none.
 */
export function createSeats(count: number, refusal: string): Seats {
  let taken = 0;
  return {
    take() {
      if (taken >= count) throw new AppError("OVERLOADED", refusal, { retryAfterMs: RETRY_AFTER_MS });
      taken++;
      let isTaken = true;
      return () => {
        if (isTaken) taken--;
        isTaken = false;
      };
    },
    get taken() {
      return taken;
    },
  };
}
