import { entriesOfToken } from "@shop/platform/auth-revocations";
import type { Queryable } from "@shop/platform/postgres";
import { type PublishedDocument, publishedDocument } from "../domain/published-document.ts";
import type { Revocations } from "../domain/revocation.ts";
import type { Events } from "../events.ts";
import { firstPosition, readRevocations } from "../store/revocations.ts";
import { createFollower, type Follower } from "./follower.ts";

export interface FollowRevocationsOptions {
  readonly db: Queryable;
  readonly events: Events;
  /** The pause between two readings, in milliseconds. */
  readonly everyMs?: number;
  monotonicMs(): number;
}

/** What one process has revoked the others know within this and the time that a reading takes. */
const usualEveryMs = 1_000;

/** So often the list is read whole, which lets go of what has expired. In between only what is new is read. */
const readWholeEveryMs = 30_000;

/** The list of the database, read again every second; the document is made when somebody asks for it and it has changed. */
export function followRevocations(options: FollowRevocationsOptions): Revocations & Follower {
  const { db, events, monotonicMs, everyMs = usualEveryMs } = options;
  let hashes: ReadonlySet<string> = new Set();
  let document: PublishedDocument | undefined;
  let position = firstPosition;
  let readWholeAtMs = Number.NEGATIVE_INFINITY;

  async function read(): Promise<void> {
    const askedAtMs = monotonicMs();
    if (askedAtMs - readWholeAtMs < readWholeEveryMs) return add(await readSince(position));
    replace(await readSince(firstPosition));
    readWholeAtMs = askedAtMs;
  }

  async function readSince(start: string): Promise<string[]> {
    const answer = await readRevocations(db, start);
    position = answer.position;
    return answer.hashes.map((hash) => hash.toString("base64url"));
  }

  function add(found: readonly string[]): void {
    if (found.some((hash) => !hashes.has(hash))) set(new Set([...hashes, ...found]));
  }

  function replace(found: readonly string[]): void {
    if (found.length !== hashes.size || found.some((hash) => !hashes.has(hash))) set(new Set(found));
  }

  function set(changed: ReadonlySet<string>): void {
    hashes = changed;
    document = undefined;
  }

  return {
    ...createFollower({ everyMs, read, onFailure: (err) => events.revocationsUnreadable(err) }),
    entries: () => hashes,
    includes: (claims) => hashes.size > 0 && entriesOfToken(claims).some((entry) => hashes.has(entry)),
    document() {
      document ??= publishedDocument({ revoked: [...hashes].sort() });
      return document;
    },
  };
}
