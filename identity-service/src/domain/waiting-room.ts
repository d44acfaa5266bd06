/** Where logins are held back. Every wait has an end, and the number of those who wait has one. */
export interface WaitingRoom {
  /** Resolves after `waitMs`, or at once where all places are taken: who finds no place goes on, and is not turned away. */
  wait(waitMs: number): Promise<void>;
}

/** A room with so many places; `sleep` resolves after a time. */
export function createWaitingRoom(places: number, sleep: (ms: number) => Promise<void>): WaitingRoom {
  let taken = 0;
  return {
    async wait(waitMs) {
      if (waitMs <= 0 || taken >= places) return;
      taken += 1;
      try {
        await sleep(waitMs);
      } finally {
        taken -= 1;
      }
    },
  };
}
