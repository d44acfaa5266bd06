import { silentLog } from "@shop/platform/logging";
import { createPool } from "@shop/platform/postgres";
import { createTestDatabase, type TestDatabase } from "@shop/testkit/database";
import { eventually } from "@shop/testkit/eventually";
import { claimsOf, readBody, startIdentity, type TestIdentity, type Tokens, testEnvironment } from "../_identity.ts";
import { askUsers, newUser, userBearer } from "../_users.ts";

const password = "canary horse battery";
const variables = { FIRST_ADMIN_USERNAME: "root of the shop", FIRST_ADMIN_PASSWORD: password };
const login = { username: variables.FIRST_ADMIN_USERNAME, password };

describe("the first Admin of a production system", () => {
  let database: TestDatabase;
  const services: TestIdentity[] = [];

  beforeEach(async () => {
    database = await createTestDatabase();
  });
  afterEach(async () => {
    await Promise.all(services.splice(0).map((service) => service.close()));
    await database.drop();
  });

  /** In production's mode, but for the hashes, whose cost is not under test. */
  async function start(changes: Record<string, string> = variables): Promise<TestIdentity> {
    const costs = { ARGON2_MEMORY_KIB: "19456", ARGON2_ITERATIONS: "2" };
    const identity = await startIdentity(
      testEnvironment(database.url, { APP_MODE: "production", ...costs, ...changes }),
    );
    services.push(identity);
    return identity;
  }
  const statusOf = async (answer: Promise<Response>) => (await answer).status;
  const invite = async (identity: TestIdentity, changes: Record<string, unknown>) => {
    const headers = await userBearer(identity, login.username, password);
    return askUsers(identity, "POST", "", { headers, body: newUser(changes) });
  };

  it("is made at the start, may make users, and needs the variables no longer", async () => {
    const first = await start();
    expect((await invite(first, { username: "carol" })).status).toBe(201);

    const later = await start({});
    expect(await statusOf(later.login(login))).toBe(200);
    expect(later.logged()).not.toContain("there is no Admin");
  });

  it("stands in no log with name or password", async () => {
    const identity = await start();
    expect(await statusOf(identity.login(login))).toBe(200);
    expect(identity.logged()).toContain("first Admin made");
    expect(identity.logged()).not.toMatch(/canary|root of the shop/);
  });

  it("is not made again, renamed or given another password where there is an Admin", async () => {
    await start();
    const changed = { FIRST_ADMIN_USERNAME: "somebody", FIRST_ADMIN_PASSWORD: "another horse battery" };
    const later = await start(changed);
    const samePerson = await start({ ...variables, FIRST_ADMIN_PASSWORD: "another horse battery" });
    expect(await statusOf(later.login({ username: "somebody", password: "another horse battery" }))).toBe(401);
    expect(await statusOf(samePerson.login({ ...login, password: "another horse battery" }))).toBe(401);
    expect(await statusOf(later.login(login))).toBe(200);
    expect(later.logged()).not.toContain("first Admin made");
  });

  it("does not come back after another Admin has deleted it, whatever the variables say", async () => {
    const identity = await start();
    expect((await invite(identity, { username: "carol", role: "Admin" })).status).toBe(201);
    const headers = await userBearer(identity, "carol", "correct horse battery");
    const { access_token } = await readBody<Tokens>(await identity.login(login));
    const { sub } = claimsOf(access_token);
    expect(await statusOf(askUsers(identity, "DELETE", `/${sub}`, { headers }))).toBe(204);
    const later = await start();
    expect(await statusOf(later.login(login))).toBe(401);
  });

  it("is one where several processes start at once, also with different names", async () => {
    const names = ["anna", "berta", "clara", "dora"];
    const started = await Promise.all(names.map((name) => start({ ...variables, FIRST_ADMIN_USERNAME: name })));
    const [one] = started;
    const statuses = await Promise.all(
      names.map((username) => statusOf((one as TestIdentity).login({ username, password }))),
    );
    expect(statuses.sort()).toEqual([200, 401, 401, 401]);
    const logs = started.map((identity) => identity.logged()).join("");
    expect(logs.match(/first Admin made/g)).toHaveLength(1);
  });

  it("is not made beside one that somebody is just making", async () => {
    await start({});
    const pool = createPool({ url: database.url, applicationName: "test", log: silentLog() });
    const other = await pool.connect();
    await other.query("BEGIN");
    await other.query(
      `INSERT INTO users (id, username, password_hash, role, name, email)
       VALUES (gen_random_uuid(), 'other', $1, 'Admin', 'Other', '')`,
      [`$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$${"A".repeat(43)}`],
    );
    const starting = start();
    await eventually(
      async () => {
        const { rows } = await pool.query("SELECT FROM pg_locks WHERE NOT granted AND relation = 'users'::regclass");
        expect(rows).toHaveLength(1);
      },
      { timeoutMs: 15_000 },
    );
    await other.query("COMMIT");
    other.release();
    await pool.end();
    expect(await statusOf((await starting).login(login))).toBe(401);
  });

  it("takes no other user's name, in whatever case: the start is refused by a fault of the variable", async () => {
    const identity = await start();
    expect((await invite(identity, { username: "mallory" })).status).toBe(201);
    const pool = createPool({ url: database.url, applicationName: "test", log: silentLog() });
    await pool.query("DELETE FROM users WHERE role = 'Admin'").finally(() => pool.end());
    await expect(start({ ...variables, FIRST_ADMIN_USERNAME: "Mallory" })).rejects.toThrow(
      "FIRST_ADMIN_USERNAME must be a name that no other user has",
    );
    expect(await statusOf(identity.login({ username: "mallory", password }))).toBe(401);
  });

  it("is missed in the log where nobody is named", async () => {
    const identity = await start({});
    expect(identity.logged()).toContain("there is no Admin");
  });
});

test("the demo has its own Admin, and makes no other", async () => {
  const database = await createTestDatabase();
  const identity = await startIdentity(testEnvironment(database.url, variables));
  const { status } = await identity.login(login);
  await identity.close();
  await database.drop();
  expect(status).toBe(401);
});
