import { type ClientCredentials, readClientCredentials } from "./client-credentials.ts";
import { type FormParameters, readParameters, requiredParameter } from "./form-parameters.ts";
import { OAuthError } from "./oauth-error.ts";

/** The grant of RFC 8693. */
export const tokenExchangeGrant = "urn:ietf:params:oauth:grant-type:token-exchange";

/** What RFC 8693 calls an access token. */
export const accessTokenType = "urn:ietf:params:oauth:token-type:access_token";

/** What `POST /oauth2/token` asks for, checked in its form only: the credentials and the tokens are not yet. */
export type TokenRequest =
  | { readonly grant: "client_credentials"; readonly credentials: ClientCredentials; readonly scope?: string }
  | {
      readonly grant: "refresh_token";
      readonly refreshToken: string;
      /** Absent for a public client, which may still name itself. */
      readonly credentials?: ClientCredentials;
      readonly clientId?: string;
      readonly scope?: string;
    }
  | {
      readonly grant: "token_exchange";
      readonly credentials: ClientCredentials;
      readonly subjectToken: string;
      readonly audience: string;
      readonly scope?: string;
    };

/** Reads a token request (RFC 6749, 4.4.2 and 6; RFC 8693, 2.1). Unknown parameters are ignored. */
export function parseTokenRequest(form: URLSearchParams, authorization: string | undefined): TokenRequest {
  const parameters = readParameters(form);
  const grant = parameters.get("grant_type");
  const scope = parameters.get("scope");
  switch (grant) {
    case undefined:
      throw new OAuthError("invalid_request", "grant_type is required.");
    case "client_credentials":
      return { grant, credentials: requireCredentials(parameters, authorization), scope };
    case "refresh_token": {
      const refreshToken = requiredParameter(parameters, "refresh_token");
      const credentials = readClientCredentials(parameters, authorization);
      return { grant, refreshToken, credentials, clientId: parameters.get("client_id"), scope };
    }
    case tokenExchangeGrant: {
      const credentials = requireCredentials(parameters, authorization);
      return { grant: "token_exchange", credentials, ...readExchange(parameters), scope };
    }
    default:
      throw new OAuthError(
        "unsupported_grant_type",
        `The grants are client_credentials, refresh_token and ${tokenExchangeGrant}.`,
      );
  }
}

/** The credentials that a client has to show. */
export function requireCredentials(parameters: FormParameters, authorization: string | undefined): ClientCredentials {
  const credentials = readClientCredentials(parameters, authorization);
  if (!credentials) throw new OAuthError("invalid_client", "The client must authenticate.");
  return credentials;
}

function readExchange(parameters: FormParameters): { subjectToken: string; audience: string } {
  const subjectToken = requiredParameter(parameters, "subject_token");
  if (requiredParameter(parameters, "subject_token_type") !== accessTokenType) {
    throw new OAuthError("invalid_request", `subject_token_type must be ${accessTokenType}.`);
  }
  if ((parameters.get("requested_token_type") ?? accessTokenType) !== accessTokenType) {
    throw new OAuthError("invalid_request", `requested_token_type must be ${accessTokenType}.`);
  }
  if (parameters.has("actor_token")) {
    throw new OAuthError("invalid_request", "The client itself is the actor: there can be no actor_token.");
  }
  if (parameters.has("resource")) throw new OAuthError("invalid_target", "The target is named by audience.");
  return { subjectToken, audience: requiredParameter(parameters, "audience") };
}
