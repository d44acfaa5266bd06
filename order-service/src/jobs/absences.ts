/** Tells an absent receiver from an event that its receiver cannot take. */
export interface Absences {
  /** The receiver took this event. */
  taken(eventId: string): void;
  /**
   * Nobody was found to take this event. Claims that it is the event's own fault: the receiver took others since the same
   * was last said of this one.
   */
  isOwnFault(eventId: string): boolean;
}

const rememberedAtMost = 10_000;

/**
 * Creates the memory of one process, which forgets the oldest of many. While a receiver is away nobody's event is taken,
 * and no event's absence is held against it, however long that lasts.
 */
export function createAbsences(): Absences {
  const missed = new Map<string, number>();
  let takenCount = 0;

  return {
    taken(eventId) {
      takenCount++;
      missed.delete(eventId);
    },
    isOwnFault(eventId) {
      const takenBefore = missed.get(eventId);
      missed.delete(eventId);
      missed.set(eventId, takenCount);
      const [oldest] = missed.keys();
      if (missed.size > rememberedAtMost && oldest !== undefined) missed.delete(oldest);
      return takenBefore !== undefined && takenBefore < takenCount;
    },
  };
}
