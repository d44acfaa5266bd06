import { validationFailed } from "@shop/platform/errors";
import { collectViolations } from "@shop/platform/validation";
import type { FastifyRequest } from "fastify";

/** The user's id in the path. */
export function userIdOf(request: FastifyRequest): string {
  const violations = collectViolations();
  const userId = violations.uuid("userId", (request.params as { userId: string }).userId);
  if (violations.list.length > 0) throw validationFailed(violations.list);
  return userId;
}
