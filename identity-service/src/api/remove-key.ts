import { AppError } from "@shop/platform/errors";
import type { FastifyReply, FastifyRequest } from "fastify";
import { removeSigningKey } from "../store/key-ring.ts";
import { requireAdmin } from "./authenticate.ts";
import type { Identity } from "./identity.ts";
import { keyMakingOf } from "./rotate-keys.ts";

/**
 * `DELETE /keys/{kid}`: for a key that somebody else may have. Its tokens are refused as soon as verifiers have read the
 * keys again. In the place of the current key another signs at once, whose tokens are refused until then.
 */
export async function removeKey(identity: Identity, request: FastifyRequest, reply: FastifyReply): Promise<string> {
  const adminId = requireAdmin(identity, request.headers.authorization);
  const { kid } = request.params as { kid: string };
  // U+0000 is no text for the database.
  const removed = kid.includes("\u0000")
    ? undefined
    : await removeSigningKey(identity.pool, kid, keyMakingOf(identity));
  if (!removed) throw new AppError("NOT_FOUND", "There is no such key.");
  identity.events.keyRemoved(kid, removed.status, adminId);
  await identity.keys.refresh();
  reply.code(204).header("cache-control", "no-store");
  return "";
}
