import type { FastifyReply, FastifyRequest } from "fastify";
import type { AccessTokenClaims } from "../domain/access-token.ts";
import { readParameters, requiredParameter } from "../domain/form-parameters.ts";
import { readAccessToken } from "../domain/read-access-token.ts";
import { requireCredentials } from "../domain/token-request.ts";
import { authenticateClient } from "./authenticate-client.ts";
import type { Identity } from "./identity.ts";
import { formOf, notToBeStored } from "./oauth-form.ts";

type IntrospectionAnswer = { active: false } | ({ active: true; token_type: "Bearer" } & AccessTokenClaims);

/**
 * `POST /oauth2/introspect` (RFC 7662), for service clients. Active are access tokens that a service would accept now; a
 * refresh token is none, for no service may take it as one.
 */
export async function introspect(
  identity: Identity,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<IntrospectionAnswer> {
  notToBeStored(reply);
  const parameters = readParameters(formOf(request));
  await authenticateClient(identity.pool, requireCredentials(parameters, request.headers.authorization));
  const token = requiredParameter(parameters, "token");
  const claims = readAccessToken(token, { ...identity, nowMs: identity.nowMs() });
  if (typeof claims === "string" || identity.revocations.includes(claims)) return { active: false };
  return { active: true, token_type: "Bearer", ...claims };
}
