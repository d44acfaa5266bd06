import type { FastifyReply, FastifyRequest } from "fastify";
import { OAuthError } from "../domain/oauth-error.ts";
import { narrowScope } from "../domain/scope.ts";
import { tokenScopes } from "../domain/service-client.ts";
import { parseTokenRequest, type TokenRequest } from "../domain/token-request.ts";
import { authenticateClient } from "./authenticate-client.ts";
import { exchangeToken } from "./exchange-token.ts";
import type { Identity } from "./identity.ts";
import { issueAccessToken, type TokenAnswer } from "./issue-tokens.ts";
import { formOf, notToBeStored } from "./oauth-form.ts";
import { refreshTokens } from "./refresh-tokens.ts";

/** `POST /oauth2/token`: the token endpoint of RFC 6749. */
export async function token(identity: Identity, request: FastifyRequest, reply: FastifyReply): Promise<TokenAnswer> {
  notToBeStored(reply);
  try {
    return await grantTokens(identity, parseTokenRequest(formOf(request), request.headers.authorization));
  } catch (err) {
    if (err instanceof OAuthError) identity.events.tokenRefused(err.word);
    throw err;
  }
}

async function grantTokens(identity: Identity, request: TokenRequest): Promise<TokenAnswer> {
  switch (request.grant) {
    case "client_credentials": {
      const client = await authenticateClient(identity.pool, request.credentials);
      const scope = narrowScope(tokenScopes(client), request.scope);
      const subject = { kind: "service", clientId: client.clientId, scope } as const;
      return { ...issueAccessToken(identity, request.grant, subject), scope: scope.join(" ") };
    }
    case "refresh_token":
      return await refreshTokens(identity, request);
    case "token_exchange":
      return await exchangeToken(identity, request);
    default:
      return request satisfies never;
  }
}
