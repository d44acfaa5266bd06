import { createHash } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Identity } from "./identity.ts";

/** A removed key is refused within ten seconds, so no cache between may keep the document for longer than this. */
const maxAgeSeconds = 5;

/** `GET /.well-known/jwks.json`: the public keys (RFC 7517). */
export async function jwks(identity: Identity, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const body = JSON.stringify({ keys: identity.keys.published });
  const etag = `"${createHash("sha256").update(body).digest("base64url")}"`;
  reply
    .header("cache-control", `public, max-age=${maxAgeSeconds}, must-revalidate`)
    .header("etag", etag)
    .type("application/jwk-set+json");
  if (request.headers["if-none-match"] === etag) {
    reply.code(304);
    return "";
  }
  return body;
}
