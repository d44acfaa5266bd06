import { type ClientCredentials, readClientCredentials } from "./client-credentials.ts";
import { OAuthError } from "./oauth-error.ts";

/** What `POST /oauth2/token` asks for, checked in its form only: the credentials and the token are not yet. */
export type TokenRequest =
  | { readonly grant: "client_credentials"; readonly credentials: ClientCredentials; readonly scope?: string }
  | {
      readonly grant: "refresh_token";
      readonly refreshToken: string;
      /** Absent for a public client, which may still name itself. */
      readonly credentials?: ClientCredentials;
      readonly clientId?: string;
      readonly scope?: string;
    };

const MAX_LENGTH = 2048;

/** Reads a token request (RFC 6749, 4.4.2 and 6). Parameters without a value count as absent, unknown ones are ignored. */
export function parseTokenRequest(form: URLSearchParams, authorization: string | undefined): TokenRequest {
  const parameters = readParameters(form);
  const grant = parameters.get("grant_type");
  const scope = parameters.get("scope");
  switch (grant) {
    case undefined:
      throw new OAuthError("invalid_request", "grant_type is required.");
    case "client_credentials": {
      const credentials = readClientCredentials(parameters, authorization);
      if (!credentials) throw new OAuthError("invalid_client", "The client must authenticate.");
      return { grant, credentials, scope };
    }
    case "refresh_token": {
      const refreshToken = parameters.get("refresh_token");
      if (!refreshToken) throw new OAuthError("invalid_request", "refresh_token is required.");
      const credentials = readClientCredentials(parameters, authorization);
      return { grant, refreshToken, credentials, clientId: parameters.get("client_id"), scope };
    }
    default:
      throw new OAuthError("unsupported_grant_type", "The grants are client_credentials and refresh_token.");
  }
}

function readParameters(form: URLSearchParams): Map<string, string> {
  const parameters = new Map<string, string>();
  const seen = new Set<string>();
  for (const [name, value] of form) {
    if (seen.has(name)) throw new OAuthError("invalid_request", "A parameter is given more than once.");
    seen.add(name);
    if (value.length > MAX_LENGTH) throw new OAuthError("invalid_request", "A parameter is too long.");
    if (value.includes("\u0000")) throw new OAuthError("invalid_request", "A parameter contains U+0000.");
    if (value !== "") parameters.set(name, value);
  }
  return parameters;
}
