import type { FormParameters } from "./form-parameters.ts";
import { OAuthError } from "./oauth-error.ts";

/** What a client says to prove who it is; not yet compared with anything. */
export interface ClientCredentials {
  readonly clientId: string;
  readonly clientSecret: string;
}

const BASIC = /^basic +([A-Za-z0-9+/]+={0,2}) *$/i;

/**
 * The client's credentials from the Authorization header (client_secret_basic) or from the form (client_secret_post);
 * `undefined` where there are none. Both at once are refused, as RFC 6749, 2.3 wants it.
 */
export function readClientCredentials(
  parameters: FormParameters,
  authorization: string | undefined,
): ClientCredentials | undefined {
  const clientId = parameters.get("client_id");
  const clientSecret = parameters.get("client_secret");
  if (authorization === undefined) {
    if (clientSecret === undefined) return undefined;
    if (clientId === undefined) throw new OAuthError("invalid_request", "client_secret needs a client_id.");
    return { clientId, clientSecret };
  }
  if (clientSecret !== undefined) {
    throw new OAuthError("invalid_request", "The client authenticates in the header or in the form, not in both.");
  }
  const credentials = readBasic(authorization);
  if (clientId !== undefined && clientId !== credentials.clientId) {
    throw new OAuthError("invalid_request", "client_id is another one than the header's.");
  }
  return credentials;
}

function readBasic(authorization: string): ClientCredentials {
  const encoded = BASIC.exec(authorization)?.[1];
  const text = encoded === undefined ? "" : Buffer.from(encoded, "base64").toString("utf8");
  const colon = text.indexOf(":");
  if (colon < 1) throw new OAuthError("invalid_client", "The Authorization header must be of the Basic scheme.");
  const clientId = formDecoded(text.slice(0, colon));
  const clientSecret = formDecoded(text.slice(colon + 1));
  if (`${clientId}${clientSecret}`.includes("\u0000")) {
    throw new OAuthError("invalid_client", "The credentials contain U+0000.");
  }
  return { clientId, clientSecret };
}

/** Both halves are form-encoded before they are joined (RFC 6749, 2.3.1). */
function formDecoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch (err) {
    throw new OAuthError("invalid_client", "The credentials in the header are not form-encoded.", { cause: err });
  }
}
