import { createHash } from "node:crypto";
import { join } from "node:path";
import { silentLog } from "@shop/platform/logging";
import { createPool, inTransaction, migrate } from "@shop/platform/postgres";
import { createTestDatabase, type TestDatabase } from "@shop/testkit/database";
import { eventually } from "@shop/testkit/eventually";
import type { ServiceClient } from "../../src/domain/service-client.ts";
import type { Pool } from "../../src/store/pool.ts";
import { replaceServiceClients } from "../../src/store/service-clients.ts";
import { basic, startIdentity, type TestIdentity, testEnvironment } from "../_identity.ts";

describe("the clients of SERVICE_CLIENTS", () => {
  let database: TestDatabase;
  const services: TestIdentity[] = [];

  beforeEach(async () => {
    database = await createTestDatabase();
  });
  afterEach(async () => {
    await Promise.all(services.splice(0).map((service) => service.close()));
    await database.drop();
  });

  const start = async (clients: readonly string[]) => {
    const identity = await startIdentity(
      testEnvironment(database.url, { SERVICE_CLIENTS: JSON.stringify(clients.map(clientOf)) }),
    );
    services.push(identity);
    return identity;
  };

  it("are the only ones after a restart: one that is gone is refused, the others stay", async () => {
    await start(["leaves", "stays"]);
    const second = await start(["comes", "stays"]);
    expect(await statusesOf(second, ["comes", "leaves", "stays"])).toEqual([200, 401, 200]);

    const third = await start([]);
    expect(await statusesOf(third, ["comes", "stays"])).toEqual([401, 401]);
  });

  it("are those of one process where several start at once with others", async () => {
    await start(["a", "b", "c"]);
    const [one] = await Promise.all([start(["a", "b"]), start(["b", "c"]), start(["a", "b"]), start(["c", "b"])]);

    expect([
      [200, 200, 401],
      [401, 200, 200],
    ]).toContainEqual(await statusesOf(one, ["a", "b", "c"]));
  });
});

test("whoever replaces the clients last has the last word, whatever the other has not yet committed", async () => {
  const database = await createTestDatabase();
  const log = silentLog();
  await migrate({ url: database.url, directory: join(import.meta.dirname, "../../src/store/migrations"), log });
  const pool = createPool({ url: database.url, applicationName: "service-clients", log });
  const first = await pool.connect();
  try {
    await first.query("BEGIN");
    await replaceServiceClients(first, [storedClientOf("first")]);
    const second = inTransaction(pool, (tx) => replaceServiceClients(tx, [storedClientOf("second")]));
    await Promise.race([second, eventually(async () => (await waitingForLocks(pool)) === 1)]);
    await first.query("COMMIT");
    await second;

    const { rows } = await pool.query("SELECT client_id FROM service_clients");
    expect(rows).toEqual([{ client_id: "second" }]);
  } finally {
    first.release(true);
    await pool.end();
    await database.drop();
  }
});

function storedClientOf(clientId: string): ServiceClient {
  return { clientId, secretSha256: Buffer.alloc(32), scopes: [] };
}

async function waitingForLocks(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    `SELECT count(*)::integer AS count FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock'`,
  );
  return rows[0]?.count ?? 0;
}

function clientOf(clientId: string) {
  const secretSha256 = createHash("sha256").update(`secret of ${clientId}`).digest("hex");
  return { clientId, secretSha256, scopes: ["inventory"] };
}

function statusesOf(identity: TestIdentity, clients: readonly string[]): Promise<number[]> {
  return Promise.all(
    clients.map(async (clientId) => {
      const headers = basic(clientId, `secret of ${clientId}`);
      return (await identity.token({ grant_type: "client_credentials" }, headers)).status;
    }),
  );
}
