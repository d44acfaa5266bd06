import pg from "pg";

/** Makes each service's database and the one user who may use it; run at every start, it changes only what is missing. */
export async function createServiceDatabases(
  superuserUrl: string,
  passwords: Readonly<Record<string, string>>,
): Promise<void> {
  const client = new pg.Client({ connectionString: superuserUrl, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    for (const [name, password] of Object.entries(passwords)) await createServiceDatabase(client, name, password);
  } finally {
    await client.end();
  }
}

async function createServiceDatabase(client: pg.Client, name: string, password: string): Promise<void> {
  const identifier = pg.escapeIdentifier(name);
  const { rowCount: roles } = await client.query("SELECT FROM pg_roles WHERE rolname = $1", [name]);
  // The password is set again each time: the secrets may have been minted anew.
  await client.query(`${roles ? "ALTER" : "CREATE"} ROLE ${identifier} LOGIN PASSWORD ${pg.escapeLiteral(password)}`);
  const { rowCount: databases } = await client.query("SELECT FROM pg_database WHERE datname = $1", [name]);
  if (databases) return;
  await client.query(`CREATE DATABASE ${identifier} OWNER ${identifier}`);
  await client.query(`REVOKE ALL ON DATABASE ${identifier} FROM PUBLIC`);
}
