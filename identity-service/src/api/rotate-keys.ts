import { AppError } from "@shop/platform/errors";
import type { FastifyReply, FastifyRequest } from "fastify";
import { type KeyMaking, rotateSigningKeys } from "../store/key-ring.ts";
import { requireAdmin } from "./authenticate.ts";
import type { Identity } from "./identity.ts";
import { type KeyAnswer, keyAnswer } from "./list-keys.ts";

/** `POST /keys/rotate`: publishes the key that will sign next. Again while it waits for its time is as once. */
export async function rotateKeys(identity: Identity, request: FastifyRequest, reply: FastifyReply): Promise<KeyAnswer> {
  const adminId = requireAdmin(identity, request.headers.authorization);
  const kid = await rotateSigningKeys(identity.pool, keyMakingOf(identity));
  identity.events.keysRotated(kid, adminId);
  await identity.keys.refresh();
  const key = identity.keys.list().find((candidate) => candidate.kid === kid);
  if (!key) throw new AppError("UNAVAILABLE", "The new key is stored and cannot be read at the moment.");
  reply.code(202).header("cache-control", "no-store");
  return keyAnswer(key);
}

/** How keys are made; refused where there are none. */
export function keyMakingOf({ keyMaking }: Identity): KeyMaking {
  if (keyMaking) return keyMaking;
  throw new AppError("FAILED_PRECONDITION", "With JWT_ALG=HS256 there are no keys, only the secret of JWT_SECRET.");
}
