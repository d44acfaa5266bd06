import { AppError } from "@shop/platform/errors";
import { inTransaction, type Queryable } from "@shop/platform/postgres";
import type { FastifyReply, FastifyRequest } from "fastify";
import { revoke } from "../store/revocations.ts";
import { lockAdmins, removeUser } from "../store/users.ts";
import { requireAdmin } from "./authenticate.ts";
import type { Identity } from "./identity.ts";
import { userIdOf } from "./user-id.ts";

/**
 * `DELETE /users/{userId}`: the user and all their logins go, and their access tokens are refused as soon as verifiers
 * have read the revocations again. Their orders are the order service's and stay.
 */
export async function deleteUser(identity: Identity, request: FastifyRequest, reply: FastifyReply): Promise<string> {
  const adminId = requireAdmin(identity, request.headers.authorization);
  const userId = userIdOf(request);
  await inTransaction(identity.pool, (tx) => deleteRevoked(tx, userId));
  identity.events.userDeleted(userId, adminId);
  await identity.revocations.refresh();
  reply.code(204).header("cache-control", "no-store");
  return "";
}

/** Of two Admins who delete each other at once the later one is refused. */
async function deleteRevoked(tx: Queryable, userId: string): Promise<void> {
  const admins = await lockAdmins(tx);
  if (admins.length === 1 && admins[0] === userId) {
    throw new AppError("FAILED_PRECONDITION", "The last Admin cannot be deleted.", { reason: "LAST_ADMIN" });
  }
  if (!(await removeUser(tx, userId))) throw new AppError("NOT_FOUND", "There is no such user.");
  await revoke(tx, { kind: "sub", id: userId });
}
