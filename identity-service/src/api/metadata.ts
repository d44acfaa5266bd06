import type { FastifyReply, FastifyRequest } from "fastify";
import type { Identity } from "./identity.ts";

/** `GET /.well-known/oauth-authorization-server`: what this service offers (RFC 8414). */
export async function metadata(identity: Identity, _request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const url = identity.publicUrl();
  reply.header("cache-control", "public, max-age=300");
  return {
    issuer: identity.issuer,
    token_endpoint: `${url}/oauth2/token`,
    jwks_uri: `${url}/.well-known/jwks.json`,
    response_types_supported: [],
    grant_types_supported: ["client_credentials", "refresh_token"],
    token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post", "none"],
  };
}
