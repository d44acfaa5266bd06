import { OAuthError } from "./oauth-error.ts";

const SCOPE_TOKEN = /^[\x21\x23-\x5B\x5D-\x7E]+$/;

/** The words of a `scope` text (RFC 6749, 3.3), each once, in their order. */
export function scopeWords(scope: string): string[] {
  return [...new Set(scope.split(" ").filter((word) => word !== ""))];
}

/** Tells whether `word` can be a scope. */
export function isScopeWord(word: string): boolean {
  return SCOPE_TOKEN.test(word);
}

/** What is granted of what was asked for: all of `held` where nothing was named; asking for more is refused. */
export function narrowScope(held: readonly string[], requested: string | undefined): string[] {
  const words = scopeWords(requested ?? "");
  if (words.length === 0) return [...held];
  if (words.some((word) => !held.includes(word))) {
    throw new OAuthError("invalid_scope", "The scope asked for is not within the scope that is held.");
  }
  return words;
}
