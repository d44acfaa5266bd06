import type { FastifyReply, FastifyRequest } from "fastify";
import type { KeyStatus, RingKey } from "../domain/key-ring.ts";
import type { KeyAlgorithm } from "../domain/signing-key.ts";
import { requireAdmin } from "./authenticate.ts";
import type { Identity } from "./identity.ts";

/** A key as Admins see it. */
export interface KeyAnswer {
  readonly kid: string;
  readonly alg: KeyAlgorithm;
  readonly status: KeyStatus;
  readonly createdAt: string;
  readonly activatesAt: string;
  readonly retiresAt?: string;
}

/** `GET /keys`: all keys, the latest first. With HS256 there are none. */
export async function listKeys(
  identity: Identity,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<{ keys: KeyAnswer[] }> {
  requireAdmin(identity, request.headers.authorization);
  reply.header("cache-control", "no-store");
  await identity.keys.refresh();
  return { keys: identity.keys.list().map(keyAnswer) };
}

/** What is told of a key; the rest of it stays here. */
export function keyAnswer({ kid, alg, status, createdAt, activatesAt, retiresAt }: RingKey): KeyAnswer {
  return {
    kid,
    alg,
    status,
    createdAt: createdAt.toISOString(),
    activatesAt: activatesAt.toISOString(),
    ...(retiresAt && { retiresAt: retiresAt.toISOString() }),
  };
}
