import type { FastifyReply, FastifyRequest } from "fastify";
import { tokenExchangeGrant } from "../domain/token-request.ts";
import type { Identity } from "./identity.ts";

/** Header or form, never both at once. */
const secretMethods = ["client_secret_basic", "client_secret_post"];

/** `GET /.well-known/oauth-authorization-server`: what this service offers (RFC 8414). */
export async function metadata(identity: Identity, _request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const url = identity.publicUrl();
  reply.header("cache-control", "public, max-age=300");
  return {
    issuer: identity.issuer,
    token_endpoint: `${url}/oauth2/token`,
    revocation_endpoint: `${url}/oauth2/revoke`,
    introspection_endpoint: `${url}/oauth2/introspect`,
    jwks_uri: `${url}/.well-known/jwks.json`,
    response_types_supported: [],
    grant_types_supported: ["client_credentials", "refresh_token", tokenExchangeGrant],
    token_endpoint_auth_methods_supported: [...secretMethods, "none"],
    revocation_endpoint_auth_methods_supported: [...secretMethods, "none"],
    introspection_endpoint_auth_methods_supported: secretMethods,
  };
}
