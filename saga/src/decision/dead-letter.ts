/** Where a dead letter stands. `Open`: still retried. `Kept`: its saga was turned round. `WorkedOff`: it went on after all. */
export type DeadLetterStatus = "Open" | "Kept" | "WorkedOff";

/** A change of the dead letter of one step or undo (U0). */
export type DeadLetter = LeftLetter | ClosedLetter;

/** It is left, or changed where there is one. */
export interface LeftLetter {
  readonly kind: "left";
  readonly step: string;
  readonly status: DeadLetterStatus;
  readonly reason: string;
  readonly attempts: number;
  readonly lastError: string;
}

/** It is closed, where there is one. */
export interface ClosedLetter {
  readonly kind: "closed";
  readonly step: string;
  readonly status: Exclude<DeadLetterStatus, "Open">;
}

/** The changes with one more: each step has one at most, what is left and closed again is left closed. */
export function withLetter(letters: readonly DeadLetter[], change: DeadLetter): readonly DeadLetter[] {
  const earlier = letters.find(({ step }) => step === change.step);
  const isLeft = change.kind === "closed" && earlier?.kind === "left";
  const merged: DeadLetter = isLeft ? { ...earlier, status: change.status } : change;
  return [...letters.filter((letter) => letter !== earlier), merged];
}
