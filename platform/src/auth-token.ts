import { isUtf8 } from "node:buffer";

/** A JSON object whose members have not been looked at. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** A signed token taken apart; nothing of it is verified yet. */
export interface SignedToken {
  readonly header: JsonObject;
  /** The payload's text, which is read when the signature is known to be right. */
  readonly payload: Buffer;
}

/** Longer tokens are refused unread. */
export const maxTokenLength = 8192;

/**
 * Takes a compact token (RFC 7515, 7.1) apart; undefined where the text is none. There is one text for one token: what
 * decodes to the same bytes but is written otherwise, with padding, blanks or stray bits, is none.
 */
export function parseToken(text: string): SignedToken | undefined {
  if (text.length > maxTokenLength) return undefined;
  const parts = text.split(".", 4);
  if (parts.length !== 3) return undefined;
  const [header, payload, signature] = parts.map(canonicalBytes);
  if (header === undefined || payload === undefined || signature === undefined) return undefined;
  const object = parseObject(header);
  return object && { header: object, payload };
}

function canonicalBytes(part: string): Buffer | undefined {
  const bytes = Buffer.from(part, "base64url");
  return part !== "" && bytes.toString("base64url") === part ? bytes : undefined;
}

/** The JSON object of these bytes; undefined where they are none, are not UTF-8, or have a name twice in one object. */
export function parseObject(bytes: Buffer): JsonObject | undefined {
  if (!isUtf8(bytes)) return undefined;
  const text = bytes.toString("utf8");
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    return countNames(text) === countMembers(value) ? (value as JsonObject) : undefined;
  } catch {
    // What cannot be parsed is no object.
    return undefined;
  }
}

/** How many names of members stand in a JSON text: in it, a string before a colon is one, and nothing else is. */
function countNames(text: string): number {
  let count = 0;
  for (const [, colon] of text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g)) {
    if (colon !== undefined) count += 1;
  }
  return count;
}

/** How many members a parsed value has in all; of a name that stood there twice, one. */
function countMembers(value: object): number {
  let count = 0;
  const open: object[] = [value];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const inner: unknown[] = Object.values(next);
    if (!Array.isArray(next)) count += inner.length;
    for (const item of inner) if (typeof item === "object" && item !== null) open.push(item);
  }
  return count;
}
