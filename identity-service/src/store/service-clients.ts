import type { Queryable } from "@shop/platform/postgres";
import type { ServiceClient } from "../domain/service-client.ts";

interface ServiceClientRow {
  client_id: string;
  secret_sha256: Buffer;
  scopes: string[];
}

/** The client of that id. */
export async function findServiceClient(db: Queryable, clientId: string): Promise<ServiceClient | undefined> {
  const { rows } = await db.query<ServiceClientRow>(
    "SELECT client_id, secret_sha256, scopes FROM service_clients WHERE client_id = $1",
    [clientId],
  );
  const row = rows[0];
  return row && { clientId: row.client_id, secretSha256: row.secret_sha256, scopes: row.scopes };
}

/** Adds these clients, or gives those that exist this secret and these scopes. Sorted, so that two cannot deadlock. */
export async function putServiceClients(db: Queryable, clients: readonly ServiceClient[]): Promise<void> {
  const rows = clients.map(({ clientId, secretSha256, scopes }) => ({
    client_id: clientId,
    secret: secretSha256.toString("hex"),
    scopes,
  }));
  await db.query(
    `INSERT INTO service_clients (client_id, secret_sha256, scopes)
     SELECT client_id, decode(secret, 'hex'), scopes
       FROM jsonb_to_recordset($1::jsonb) AS row(client_id text, secret text, scopes text[])
      ORDER BY client_id
     ON CONFLICT (client_id) DO UPDATE
        SET secret_sha256 = EXCLUDED.secret_sha256, scopes = EXCLUDED.scopes, updated_at = now()`,
    [JSON.stringify(rows)],
  );
}
