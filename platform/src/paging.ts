import { createHash } from "node:crypto";
import type { Violations } from "./validation.ts";

const DEFAULT_PAGE_SIZE = 20;
const MAX_PAGE_SIZE = 100;
const MAX_TOKEN_LENGTH = 1000;

/** What a request for a page of a list says of it (AIP-158). */
export interface PageRequest {
  /** At most so many; 0 is the default, 20, and more than 100 is taken as 100. */
  readonly pageSize: number;
  /** The `next_page_token` of the page before; empty for the first page. */
  readonly pageToken: string;
}

/** Which list a page is of. A token is good for the list, the filter and the form of keys that it was made for. */
export interface PagedList {
  /** The list's name, such as "orders", and whatever narrows it: JSON values, in one order. */
  readonly filter: readonly unknown[];
  /** What each sort key of a row looks like as text, such as {@link microsecondsKey}, then {@link uuidKey}. */
  readonly keys: readonly RegExp[];
}

/** A page that was asked for. */
export interface Page {
  /** How many rows to read: one more than the page holds, which tells whether there is a next one. */
  readonly limit: number;
  /** The sort keys of the last row before the page; undefined for the first page. */
  readonly after?: readonly string[];
  /** The page's rows among those that were read, and the token of the next page; empty on the last one. */
  cut<Row>(rows: readonly Row[], keysOf: (row: Row) => readonly string[]): PageOf<Row>;
}

/** The rows of a page. */
export interface PageOf<Row> {
  readonly rows: readonly Row[];
  readonly nextPageToken: string;
}

/** A time as a sort key: microseconds since 1970, for a Date would lose what orders two rows of one millisecond. */
export const microsecondsKey = /^\d{1,16}$/;

/** A UUID as a sort key. */
export const uuidKey = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A generated number as a sort key. */
export const serialKey = /^\d{1,18}$/;

/**
 * Reads which page is asked for. A negative size, and a token that is not ours or is of another list or filter, are
 * recorded as violations of `page_size` and `page_token`.
 */
export function parsePage({ pageSize, pageToken }: PageRequest, list: PagedList, violations: Violations): Page {
  if (pageSize < 0) violations.add("page_size", "must not be negative");
  const after = pageToken === "" ? undefined : readToken(pageToken, list);
  if (pageToken !== "" && after === undefined) {
    violations.add("page_token", "must come from an earlier answer to the same request");
  }
  const size = Math.min(pageSize > 0 ? pageSize : DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE);
  return {
    limit: size + 1,
    after,
    cut(read, keysOf) {
      const rows = read.slice(0, size);
      const last = read.length > size ? rows.at(-1) : undefined;
      return { rows, nextPageToken: last === undefined ? "" : writeToken(keysOf(last), list) };
    },
  };
}

function writeToken(keys: readonly string[], list: PagedList): string {
  return Buffer.from(JSON.stringify([checksum(keys, list), ...keys])).toString("base64url");
}

/**
 * Its checksum is no secret: it tells a token that was cut short or taken from another list, and what a forged one
 * reaches is what its forger may list anyway.
 */
function readToken(token: string, list: PagedList): readonly string[] | undefined {
  if (token.length > MAX_TOKEN_LENGTH) return undefined;
  const [, ...keys] = parseList(Buffer.from(token, "base64url").toString());
  const isOurs =
    keys.length === list.keys.length &&
    list.keys.every((form, index) => form.test(keys[index] ?? "")) &&
    writeToken(keys, list) === token;
  return isOurs ? keys : undefined;
}

function parseList(text: string): string[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value.map(String) : [];
  } catch {
    // Not JSON: not ours.
    return [];
  }
}

function checksum(keys: readonly string[], { filter }: PagedList): string {
  return createHash("sha256")
    .update(JSON.stringify([filter, keys]))
    .digest("base64url")
    .slice(0, 12);
}
