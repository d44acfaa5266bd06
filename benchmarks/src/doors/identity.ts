import { createHash } from "node:crypto";
import type { EmbeddedPostgres } from "@shop/tools/embedded-postgres";
import pg from "pg";
import { type Measured, startLoad, startService } from "./processes.ts";
import { aimedAt, type Row } from "./table.ts";
import { type Contender, takeTurns } from "./turns.ts";
import type { HttpAsk } from "./work.ts";

const client = { id: "order-service", secret: "c2VjcmV0LW9mLXRoZS1vcmRlci1zZXJ2aWNlLTI1NiE" };
const tokensGoal = 400;

/** Whole HTTP requests for tokens: one identity service signs with ES256, one with RS256, by turns. */
export async function measureIdentity(
  postgres: EmbeddedPostgres,
  rounds: number,
  progress: (line: string) => void,
): Promise<Row[]> {
  await using ellipticCurve = await startIdentity(postgres, "ES256");
  await using rsa = await startIdentity(postgres, "RS256");
  await using load = startLoad();
  const contenders = [...contendersOf(ellipticCurve, "ES256"), ...contendersOf(rsa, "RS256")];
  const rows = await takeTurns("identity, whole requests", contenders, load, rounds, progress);
  const isQuick = ({ doorMs = Number.NaN }: Row) => 1000 / doorMs >= tokensGoal;
  return rows
    .toSorted((one, other) => kindOf(one).localeCompare(kindOf(other)))
    .map((row) => (row.name.startsWith("client") ? aimedAt(row, `${tokensGoal} a second per core`, isQuick) : row));
}

function kindOf({ name }: Row): string {
  return name.split(",")[0] ?? name;
}

function contendersOf(identity: Measured, alg: string): Contender[] {
  const door = identity.pid;
  const url = urlOf(identity);
  return [
    { name: `client_credentials, ${alg}`, ask: tokenAsk(url), callers: 16, requests: 1000, door },
    { name: `refresh_token, ${alg}`, ask: { kind: "refresh", url }, callers: 4, requests: 300, door },
    { name: `login, ${alg}`, ask: loginAsk(url), callers: 1, requests: 10, door },
  ];
}

/** Starts the identity service with hashes at their full cost, on a database of its own. */
export async function startIdentity(postgres: EmbeddedPostgres, alg: "ES256" | "RS256"): Promise<Measured> {
  const database = `identity_${alg.toLowerCase()}_${performance.now().toFixed(0)}`;
  const server = new pg.Client({ connectionString: postgres.url("postgres") });
  await server.connect();
  await server.query(`CREATE DATABASE ${database}`);
  await server.end();
  const secretSha256 = createHash("sha256").update(client.secret).digest("hex");
  return startService("identity-service", {
    APP_MODE: "demo",
    LOG_LEVEL: "info",
    DATABASE_URL: postgres.url(database),
    JWT_ALG: alg,
    SERVICE_CLIENTS: JSON.stringify([{ clientId: client.id, secretSha256, scopes: ["inventory", "payments"] }]),
    TRUSTED_PROXIES: "127.0.0.1",
  });
}

/** Where a measured process listens. */
export function urlOf({ port }: Measured): string {
  return `http://127.0.0.1:${port}`;
}

/** A token for a service. */
export function tokenAsk(url: string): HttpAsk {
  const authorization = `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString("base64")}`;
  const headers = { authorization, "content-type": "application/x-www-form-urlencoded" };
  const body = "grant_type=client_credentials";
  return { kind: "http", url: `${url}/oauth2/token`, method: "POST", headers, body, status: 200 };
}

function loginAsk(url: string): HttpAsk {
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ username: "bob", password: "demo-password" });
  return { kind: "http", url: `${url}/login`, method: "POST", headers, body, status: 200 };
}
