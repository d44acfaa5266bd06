import type { HistoryEntry } from "../state.ts";

/** The history with one entry changed in place, or added at the end: the order is that of the first calls. */
export function withEntry(
  history: readonly HistoryEntry[],
  step: string,
  change: Omit<HistoryEntry, "step">,
): readonly HistoryEntry[] {
  const index = history.findIndex((entry) => entry.step === step);
  return index < 0 ? [...history, { step, ...change }] : history.with(index, { step, ...change });
}

/** A participant's words in a form that the journal can hold: no NUL, no half characters, not too long. */
export function cleanMessage(message: string): string {
  return message.slice(0, 500).replaceAll("\0", "").toWellFormed();
}
