import { AppError, validationFailed } from "@shop/platform/errors";
import { collectViolations } from "@shop/platform/validation";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Address } from "../domain/user.ts";
import { findProfile } from "../store/users.ts";
import { requireService } from "./authenticate.ts";
import type { Identity } from "./identity.ts";

interface ProfileAnswer {
  readonly userId: string;
  readonly name: string;
  readonly email: string;
  readonly address: Address | null;
}

/** `GET /internal/profiles/{userId}`: what a service with the scope `profiles` may know of a user. */
export async function getProfile(
  identity: Identity,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<ProfileAnswer> {
  requireService(identity, request.headers.authorization, "profiles");
  const { userId } = request.params as { userId: string };
  const profile = await findProfile(identity.pool, parseUserId(userId));
  if (!profile) throw new AppError("NOT_FOUND", "There is no such user.");
  reply.header("cache-control", "no-store");
  const { addresses, ...rest } = profile;
  return { ...rest, address: addresses[0] ?? null };
}

function parseUserId(text: string): string {
  const violations = collectViolations();
  const userId = violations.uuid("userId", text);
  if (violations.list.length > 0) throw validationFailed(violations.list);
  return userId;
}
