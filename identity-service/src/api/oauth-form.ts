import type { FastifyReply, FastifyRequest } from "fastify";

/** The form that was sent; empty where there was none. */
export function formOf(request: FastifyRequest): URLSearchParams {
  return request.body instanceof URLSearchParams ? request.body : new URLSearchParams();
}

/** Tells every cache on the way that the answer is for this caller and this moment (RFC 6749, 5.1). */
export function notToBeStored(reply: FastifyReply): void {
  reply.header("cache-control", "no-store").header("pragma", "no-cache");
}
