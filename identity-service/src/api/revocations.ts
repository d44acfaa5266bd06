import type { FastifyReply, FastifyRequest } from "fastify";
import type { Identity } from "./identity.ts";
import { sendDocument } from "./send-document.ts";

/** `GET /revocations`: the hashes of what is revoked, for verifiers to poll. */
export async function revocations(identity: Identity, request: FastifyRequest, reply: FastifyReply): Promise<string> {
  reply.header("cache-control", "no-cache").type("application/json; charset=utf-8");
  return sendDocument(request, reply, identity.revocations.document());
}
