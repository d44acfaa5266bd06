import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { digestOf } from "../domain/digest.ts";

/** The header of a request for a document that its sender may have, for the documentation. */
export const ifNoneMatch = z.object({
  "If-None-Match": z.string().optional().meta({ description: "The `ETag` of the answer that the client has." }),
});

/** The header of such a document. */
export const tagged = { ETag: { type: "string", description: "Names this content; another has another." } };

/**
 * Answers with a document and its strong entity tag, or with 304 where the client has it already (RFC 9110, 13.1.2). Only
 * the client itself may keep it, and asks before each use whether it still holds.
 */
export function sendTagged(req: FastifyRequest, reply: FastifyReply, document: object): FastifyReply {
  const text = JSON.stringify(document);
  const tag = `"${digestOf(text)}"`;
  reply.header("etag", tag).header("cache-control", "private, no-cache");
  if (isKnown(req.headers["if-none-match"], tag)) return reply.code(304).send();
  return reply.type("application/json; charset=utf-8").send(text);
}

/** Claims that `If-None-Match` names the tag, or any; a weak one counts as well as a strong one. */
export function isKnown(ifNoneMatch: string | undefined, tag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.trim() === "*") return true;
  return ifNoneMatch.match(/"[^"]*"/g)?.includes(tag) === true;
}
