import { createHash } from "node:crypto";

/** A JSON document that many read again and again: made once, when it changes. */
export interface PublishedDocument {
  readonly body: string;
  readonly etag: string;
}

/** The document that says `value`. */
export function publishedDocument(value: unknown): PublishedDocument {
  const body = JSON.stringify(value);
  return { body, etag: `"${createHash("sha256").update(body).digest("base64url")}"` };
}
