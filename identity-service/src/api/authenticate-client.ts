import type { Queryable } from "@shop/platform/postgres";
import { loginClientId } from "../domain/access-token.ts";
import type { ClientCredentials } from "../domain/client-credentials.ts";
import { OAuthError } from "../domain/oauth-error.ts";
import { isSameSecret } from "../domain/secret.ts";
import type { ServiceClient } from "../domain/service-client.ts";
import { findServiceClient } from "../store/service-clients.ts";

/** No secret has this hash, as far as anybody knows. */
const nobodysHash = Buffer.alloc(32);

/** The client with these credentials. An unknown client and a wrong secret are the same answer. */
export async function authenticateClient(
  db: Queryable,
  { clientId, clientSecret }: ClientCredentials,
): Promise<ServiceClient> {
  const client = await findServiceClient(db, clientId);
  const isRight = isSameSecret(clientSecret, client?.secretSha256 ?? nobodysHash);
  if (!client || !isRight) throw new OAuthError("invalid_client", "The client is unknown or its secret is not right.");
  return client;
}

/** The client that asks: the public one of the logins, or one that proves itself, as all others must (RFC 6749, 6). */
export async function askingClientId(
  db: Queryable,
  { credentials, clientId = loginClientId }: { credentials?: ClientCredentials; clientId?: string },
): Promise<string> {
  if (credentials) return (await authenticateClient(db, credentials)).clientId;
  if (clientId !== loginClientId) throw new OAuthError("invalid_client", "This client must authenticate.");
  return clientId;
}
