import type { Queryable } from "@shop/platform/postgres";
import type { ServiceClient } from "../domain/service-client.ts";

interface ServiceClientRow {
  client_id: string;
  secret_sha256: Buffer;
  scopes: string[];
}

/** The client of that id. */
export async function findServiceClient(db: Queryable, clientId: string): Promise<ServiceClient | undefined> {
  const { rows } = await db.query<ServiceClientRow>({
    name: "find-service-client",
    text: "SELECT client_id, secret_sha256, scopes FROM service_clients WHERE client_id = $1",
    values: [clientId],
  });
  const row = rows[0];
  return row && { clientId: row.client_id, secretSha256: row.secret_sha256, scopes: row.scopes };
}

/**
 * Makes these the only clients: adds them, or gives those that exist this secret and these scopes, and deletes all others.
 * Processes that do so at once take turns by the table's lock, and the last one's clients stand; readers do not wait.
 */
export async function replaceServiceClients(tx: Queryable, clients: readonly ServiceClient[]): Promise<void> {
  const rows = clients.map(({ clientId, secretSha256, scopes }) => ({
    client_id: clientId,
    secret: secretSha256.toString("hex"),
    scopes,
  }));
  await tx.query("LOCK TABLE service_clients IN SHARE ROW EXCLUSIVE MODE");
  await tx.query(
    `INSERT INTO service_clients (client_id, secret_sha256, scopes)
     SELECT client_id, decode(secret, 'hex'), scopes
       FROM jsonb_to_recordset($1::jsonb) AS row(client_id text, secret text, scopes text[])
     ON CONFLICT (client_id) DO UPDATE
        SET secret_sha256 = EXCLUDED.secret_sha256, scopes = EXCLUDED.scopes, updated_at = now()`,
    [JSON.stringify(rows)],
  );
  await tx.query("DELETE FROM service_clients WHERE client_id <> ALL ($1::text[])", [
    clients.map(({ clientId }) => clientId),
  ]);
}
