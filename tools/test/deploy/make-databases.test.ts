import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { findOnPath } from "../../src/system/find-on-path.ts";
import { readCompose, root } from "./_compose.ts";

const names = ["identity", "inventory", "shipping", "notifications", "orders"];
const script = join(root, "deploy", "compose", "make-databases");
const server = new URL(process.env.TEST_POSTGRES_URL ?? "postgres://127.0.0.1");
const passwordOf = (name: string, round: number) => `${name}'s "password" ${round}`;

test("is told the passwords that it asks for", () => {
  const given = Object.keys(readCompose().services.postgres?.environment ?? {});
  // The image runs what ends with .sh, and ignores other names.
  expect(readCompose().services.postgres?.volumes).toContain(
    "./deploy/compose/make-databases:/docker-entrypoint-initdb.d/make-databases.sh:ro",
  );
  expect(given).toEqual(["POSTGRES_PASSWORD", ...names.map((name) => `${name.toUpperCase()}_DATABASE_PASSWORD`)]);
});

test("makes a database for each service that its user alone may enter, and sets passwords anew when it is run again", async () => {
  const psql = await findOnPath("psql", process.env.PATH);
  if (psql === undefined) return;
  try {
    for (const round of [1, 2]) {
      await makeDatabases(round);
      for (const name of names) expect(await ownerOf(name, passwordOf(name, round))).toBe(name);
    }
    await expect(ownerOf("orders", passwordOf("orders", 1))).rejects.toThrow("password authentication failed");
    await expect(ownerOf("orders", passwordOf("identity", 2), "identity")).rejects.toThrow("permission denied");
  } finally {
    for (const name of names)
      await asSuperuser(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`, `DROP ROLE IF EXISTS ${name}`);
  }
}, 60_000);

test("makes nothing where a password is missing", async () => {
  const env = { ...environment(1), IDENTITY_DATABASE_PASSWORD: "" };
  await expect(promisify(execFile)("bash", [script], { env, timeout: 20_000 })).rejects.toMatchObject({
    stderr: expect.stringContaining("is not set"),
  });
});

function environment(round: number): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    PGHOST: server.hostname,
    PGPORT: server.port,
    PGPASSWORD: decodeURIComponent(server.password),
    POSTGRES_USER: decodeURIComponent(server.username),
    ...Object.fromEntries(names.map((name) => [`${name.toUpperCase()}_DATABASE_PASSWORD`, passwordOf(name, round)])),
  };
}

function makeDatabases(round: number): Promise<unknown> {
  return promisify(execFile)("bash", [script], { env: environment(round), timeout: 30_000 });
}

async function ownerOf(database: string, password: string, user = database): Promise<unknown> {
  const { hostname: host, port } = server;
  const client = new pg.Client({ host, port: Number(port), user, password, database, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    const query = "SELECT pg_get_userbyid(datdba) AS owner FROM pg_database WHERE datname = current_database()";
    return (await client.query(query)).rows[0].owner;
  } finally {
    await client.end();
  }
}

async function asSuperuser(...statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: server.href, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}
