import type { Queryable } from "@shop/platform/postgres";
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
