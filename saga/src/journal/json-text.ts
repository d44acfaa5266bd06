import { JournalRefusedError } from "../journal.ts";

/**
 * What a jsonb column is given. Throws `JournalRefusedError` for what it cannot hold: what JSON has no form for, such as
 * a bigint, and text with U+0000 or half a surrogate pair in it. So the one saga fails, before it is in anybody's batch.
 */
export function jsonTextOf(name: string, value: unknown): string {
  const text = stringified(name, value);
  if (text === undefined) throw new JournalRefusedError(`${name}: it is undefined`);
  if (text.includes("\\u") && unheldEscape.test(text)) {
    throw new JournalRefusedError(`${name}: it holds U+0000 or half a surrogate pair`);
  }
  return text;
}

/** `JSON.stringify` escapes just these two so, in small letters; before them stand pairs of backslashes at most. */
const unheldEscape = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/;

function stringified(name: string, value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (err) {
    throw new JournalRefusedError(`${name}: ${String(err)}`, { cause: err });
  }
}
