import type { FastifyReply, FastifyRequest } from "fastify";
import type { Identity } from "./identity.ts";
import { sendDocument } from "./send-document.ts";

/**
 * A removed key is refused within ten seconds: processes see it go within 1 s, a cache between may keep the document for
 * this long, and verifiers ask every 5 s. By the same sum a new key is with everybody before it signs.
 */
const maxAgeSeconds = 2;

/** `GET /.well-known/jwks.json`: the public keys (RFC 7517), those that will sign and those that have signed too. */
export async function jwks(identity: Identity, request: FastifyRequest, reply: FastifyReply): Promise<string> {
  reply.header("cache-control", `public, max-age=${maxAgeSeconds}, must-revalidate`).type("application/jwk-set+json");
  return sendDocument(request, reply, identity.keys.jwks());
}
