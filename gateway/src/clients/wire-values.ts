import { AppError } from "@shop/platform/errors";

/** The word for a status that the order service answered with. */
export function word<Wire extends number, Word>(words: Partial<Record<Wire, Word>>, status: Wire): Word {
  const found = words[status];
  if (found === undefined) throw new AppError("INTERNAL", "The order service answered with an unknown status.");
  return found;
}

/** The status that a word stands for. */
export function statusOf<Wire extends number, Word>(words: Partial<Record<Wire, Word>>, wanted: Word): Wire {
  const found = Object.entries(words).find(([, one]) => one === wanted);
  if (found === undefined) throw new AppError("INTERNAL", "A word stands for no status.");
  return Number(found[0]) as Wire;
}

/** A time as answers give it. */
export function instant(time: Date | undefined): string {
  if (time === undefined) throw new AppError("INTERNAL", "The order service answered without a time.");
  return time.toISOString();
}

/** What an answer must have. */
export function present<T>(value: T | undefined): T {
  if (value === undefined) throw new AppError("INTERNAL", "The order service's answer is incomplete.");
  return value;
}
