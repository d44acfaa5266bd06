import type { FastifyReply, FastifyRequest } from "fastify";
import type { PublishedDocument } from "../domain/published-document.ts";

/** Answers with the document, or with 304 to one who has it. */
export function sendDocument(request: FastifyRequest, reply: FastifyReply, { body, etag }: PublishedDocument): string {
  reply.header("etag", etag);
  if (!hasDocument(request.headers["if-none-match"], etag)) return body;
  reply.code(304);
  return "";
}

/** `If-None-Match` may list several, and proxies mark those they compress as weak (RFC 9110, 13.1.2). */
function hasDocument(ifNoneMatch: string | undefined, etag: string): boolean {
  const tags = (ifNoneMatch ?? "").split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return tags.includes(etag) || tags.includes("*");
}
