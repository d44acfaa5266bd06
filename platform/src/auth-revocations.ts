import { createHash } from "node:crypto";
import { z } from "zod";

/** What identity has taken back: SHA-256 hashes, so that the list tells nobody whose token it was. */
export type Revocations = ReadonlySet<string>;

/** What a revocation is of: one token, everything of one user or client, or everything of one login. */
export type RevocationKind = "jti" | "sub" | "sid";

/** No token has been taken back. */
export const noRevocations: Revocations = new Set();

/** The entry that the list of revocations has for a token's `jti`, for a `sub`, or for a login's `sid`. */
export function revocationEntry(kind: RevocationKind, value: string): string {
  const name = kind === "sub" ? value.toLowerCase() : value;
  return createHash("sha256").update(`${kind}:${name}`).digest("base64url");
}

/** Every entry that would take this token back. */
export function entriesOfToken({ jti, sub, sid }: { jti: string; sub: string; sid?: string }): readonly string[] {
  const entries = [revocationEntry("jti", jti), revocationEntry("sub", sub)];
  return sid === undefined ? entries : [...entries, revocationEntry("sid", sid)];
}

/** 20,000 entries take 1 MB. */
export const maxRevocationBytes = 2_500_000;

const revocationsDocument = z.object({ revoked: z.array(z.string()) });

/** The entries of a `/revocations` document. Throws where the document is none. */
export function readRevocations(document: unknown): Revocations {
  const { revoked } = revocationsDocument.parse(document);
  const strange = revoked.findIndex((entry) => !/^[\w-]{43}$/.test(entry));
  if (strange !== -1) throw new Error(`revoked[${strange}] is no SHA-256 in base64url.`);
  return new Set(revoked);
}
