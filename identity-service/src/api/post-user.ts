import { AppError } from "@shop/platform/errors";
import type { FastifyReply, FastifyRequest } from "fastify";
import { v7 as newId } from "uuid";
import { parseNewUser } from "../domain/new-user.ts";
import type { User } from "../domain/user.ts";
import { insertUser } from "../store/users.ts";
import { requireAdmin } from "./authenticate.ts";
import type { Identity } from "./identity.ts";

/** A user as Admins see it. */
export interface UserAnswer extends Omit<User, "id"> {
  readonly userId: string;
}

/** `POST /users`: a new user, who may log in from now on. */
export async function postUser(identity: Identity, request: FastifyRequest, reply: FastifyReply): Promise<UserAnswer> {
  const adminId = requireAdmin(identity, request.headers.authorization);
  const { password, ...profile } = parseNewUser(request.body);
  const user = { id: newId(), ...profile };
  const passwordHash = await identity.passwords.hash(password);
  if (!(await insertUser(identity.pool, { ...user, passwordHash }))) {
    throw new AppError("USER_EXISTS", "There is a user of that name.");
  }
  identity.events.userCreated(user.id, adminId);
  reply.code(201).header("location", `${identity.publicUrl()}/users/${user.id}`).header("cache-control", "no-store");
  return userAnswer(user);
}

/** What is told of a user: all but the password's hash. */
export function userAnswer({ id: userId, username, role, name, email, addresses }: User): UserAnswer {
  return { userId, username, role, name, email, addresses };
}
