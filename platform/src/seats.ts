import { AppError } from "./errors.ts";

const RETRY_AFTER_MS = 1000;

/** Places of which there are only so many. */
export interface Seats {
  /**
   * Takes one for this user and answers how to give it back. Throws OVERLOADED where none is free, and RATE_LIMITED
   * where the user has as many as one may have.
   */
  take(userId: string): () => void;
  /** How many are taken. */
  readonly taken: number;
}

/** How many places there are. */
export interface SeatLimits {
  readonly places: number;
  /** At most so many for one user, so that nobody can keep all the others out. */
  readonly placesPerUser: number;
}

/** Creates places for callers that stay for long, so that they cannot fill this process. */
export function createSeats({ places, placesPerUser }: SeatLimits): Seats {
  const takenBy = new Map<string, number>();
  let taken = 0;

  function change(userId: string, by: 1 | -1): void {
    const own = (takenBy.get(userId) ?? 0) + by;
    if (own === 0) takenBy.delete(userId);
    else takenBy.set(userId, own);
    taken += by;
  }

  return {
    take(userId) {
      if ((takenBy.get(userId) ?? 0) >= placesPerUser) {
        throw refusal("RATE_LIMITED", `One user may have ${placesPerUser} of these open at once.`);
      }
      if (taken >= places) throw refusal("OVERLOADED", "Too many of these are open; ask again later.");
      change(userId, 1);
      let isTaken = true;
      return () => {
        if (isTaken) change(userId, -1);
        isTaken = false;
      };
    },
    get taken() {
      return taken;
    },
  };
}

function refusal(code: "OVERLOADED" | "RATE_LIMITED", message: string): AppError {
  return new AppError(code, message, { retryAfterMs: RETRY_AFTER_MS });
}
