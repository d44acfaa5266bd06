import { createSecretKey } from "node:crypto";
import type { VerificationKey } from "./auth-keys.ts";
import { createRememberedTokens, type VerifiedToken } from "./auth-remembered-tokens.ts";

const key: VerificationKey = { alg: "HS256", key: createSecretKey("secret", "utf8") };

function verified(name: string, changes: Partial<VerifiedToken> = {}): VerifiedToken {
  const caller = { kind: "service", clientId: name, scopes: new Set<string>() } as const;
  return { caller, expiresAtMs: Date.now() + 60_000, kid: "one", key, entries: [name], ...changes };
}

it("remembers so many tokens and forgets the oldest first", () => {
  const tokens = createRememberedTokens(2);
  for (const name of ["first", "second", "third"]) tokens.add(name, verified(name));
  const known = ["first", "second", "third"].map((name) => tokens.callerOf(name) !== undefined);
  expect(known).toEqual([false, true, true]);
});

it("forgets a token that has ended", () => {
  const tokens = createRememberedTokens(2);
  tokens.add("ended", verified("ended", { expiresAtMs: Date.now() - 1 }));
  expect(tokens.callerOf("ended")).toBeUndefined();
});

it("forgets in a review what was revoked, and what another key has signed than the one of its name", () => {
  const tokens = createRememberedTokens(10);
  const otherKey = { ...key };
  tokens.add("kept", verified("kept"));
  tokens.add("revoked", verified("revoked"));
  tokens.add("replaced", verified("replaced", { key: otherKey }));
  tokens.add("removed", verified("removed", { kid: "two" }));
  tokens.review(new Map([["one", key]]), new Set(["revoked"]));
  const known = ["kept", "revoked", "replaced", "removed"].filter((name) => tokens.callerOf(name) !== undefined);
  expect(known).toEqual(["kept"]);
});
