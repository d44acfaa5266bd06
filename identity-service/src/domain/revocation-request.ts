import { type ClientCredentials, readClientCredentials } from "./client-credentials.ts";
import { readParameters, requiredParameter } from "./form-parameters.ts";
import { OAuthError } from "./oauth-error.ts";

/** What `POST /oauth2/revoke` asks for, checked in its form only. */
export interface RevocationRequest {
  readonly token: string;
  /** Absent for a public client, which may still name itself. */
  readonly credentials?: ClientCredentials;
  readonly clientId?: string;
}

const knownTypes = ["access_token", "refresh_token"];

/** Reads a revocation request (RFC 7009, 2.1). A hint of the token's type may be wrong, but must name a type that is revoked. */
export function parseRevocationRequest(form: URLSearchParams, authorization: string | undefined): RevocationRequest {
  const parameters = readParameters(form);
  const credentials = readClientCredentials(parameters, authorization);
  const token = requiredParameter(parameters, "token");
  if (!knownTypes.includes(parameters.get("token_type_hint") ?? "access_token")) {
    throw new OAuthError("unsupported_token_type", `The types of tokens are ${knownTypes.join(" and ")}.`);
  }
  return { token, credentials, clientId: parameters.get("client_id") };
}
