import { hash } from "node:crypto";

const LENGTH = 22;

/** A short name of a text: another text has another one (131 bits of SHA-256, in base64url). */
export function digestOf(text: string): string {
  return hash("sha256", text, "base64url").slice(0, LENGTH);
}
