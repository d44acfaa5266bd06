import { mintAccessToken, type Subject } from "../domain/access-token.ts";
import type { Grant } from "../events.ts";
import type { Identity } from "./identity.ts";

/** What every answer that carries a token says (RFC 6749, 5.1; RFC 8693, 2.2.1). */
export interface TokenAnswer {
  readonly access_token: string;
  readonly token_type: "Bearer";
  readonly expires_in: number;
  readonly scope?: string;
  readonly refresh_token?: string;
  readonly issued_token_type?: string;
}

/** Signs an access token for `subject` and puts it into an answer. */
export function issueAccessToken(identity: Identity, grant: Grant, subject: Subject): TokenAnswer {
  const { issuer, keys } = identity;
  const { token, expiresInSeconds } = mintAccessToken(subject, {
    issuer,
    nowMs: identity.nowMs(),
    key: keys.current(),
  });
  identity.events.tokenIssued(grant, subject.clientId);
  return { access_token: token, token_type: "Bearer", expires_in: expiresInSeconds };
}
