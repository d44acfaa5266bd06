/** A run cut into equal slots of time: each sample is tagged with the one in which its request was sent. */
export interface Slots {
  readonly count: number;
  readonly seconds: number;
}

const MAX_SLOTS = 60;
const LENGTHS = [1, 2, 5, 10, 15, 20, 30, 60] as const;

/** The shortest round slots of which a run has at most 60. */
export function slotsOf(runSeconds: number): Slots {
  const seconds = LENGTHS.find((length) => runSeconds / length <= MAX_SLOTS) ?? Math.ceil(runSeconds / MAX_SLOTS);
  return { seconds, count: Math.max(1, Math.ceil(runSeconds / seconds)) };
}

/** The slot of a moment; what is sent while the run comes to its end counts for the last one. */
export function slotAt({ count, seconds }: Slots, sinceStartMs: number): number {
  return Math.min(count - 1, Math.max(0, Math.floor(sinceStartMs / 1000 / seconds)));
}
