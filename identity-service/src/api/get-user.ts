import { AppError } from "@shop/platform/errors";
import type { FastifyReply, FastifyRequest } from "fastify";
import { findUser } from "../store/users.ts";
import { requireAdmin } from "./authenticate.ts";
import type { Identity } from "./identity.ts";
import { type UserAnswer, userAnswer } from "./post-user.ts";
import { userIdOf } from "./user-id.ts";

/** `GET /users/{userId}`. */
export async function getUser(identity: Identity, request: FastifyRequest, reply: FastifyReply): Promise<UserAnswer> {
  requireAdmin(identity, request.headers.authorization);
  const user = await findUser(identity.pool, userIdOf(request));
  if (!user) throw new AppError("NOT_FOUND", "There is no such user.");
  reply.header("cache-control", "no-store");
  return userAnswer(user);
}
