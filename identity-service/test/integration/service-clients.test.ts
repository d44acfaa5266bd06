import { createHash } from "node:crypto";
import { createTestDatabase, type TestDatabase } from "@shop/testkit/database";
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
