import { connect } from "node:net";
import { silentLog } from "@shop/platform/logging";
import { createMetrics } from "@shop/platform/metrics";
import { createTestDatabase, type TestDatabase } from "@shop/testkit/database";
import { eventually } from "@shop/testkit/eventually";
import pg from "pg";
import { loginOrigin } from "../../src/domain/login-origin.ts";
import { createEvents } from "../../src/events.ts";
import { createExpiredLoginsJob } from "../../src/jobs/delete-expired-logins.ts";
import { rememberLoginNetwork } from "../../src/store/login-networks.ts";
import { findLogin } from "../../src/store/users.ts";
import { readBody, startIdentity, type TestIdentity, testEnvironment } from "../_identity.ts";
import { aliceId } from "../_users.ts";

describe("while a login is under way", () => {
  let database: TestDatabase;
  let identity: TestIdentity;
  let pool: pg.Pool;

  beforeAll(async () => {
    database = await createTestDatabase();
    identity = await startIdentity(testEnvironment(database.url, { TRUSTED_PROXIES: "127.0.0.1" }));
    pool = new pg.Pool({ connectionString: database.url });
  });
  afterAll(async () => {
    await pool?.end();
    await identity?.close();
    await database?.drop();
  });

  const waitsForLock = async () => {
    const { rows } = await pool.query(
      "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()",
    );
    return rows.length > 0;
  };

  it("its user is deleted: it is refused as any other, and leaves nothing", async () => {
    const deleting = await pool.connect();
    try {
      await deleting.query("BEGIN");
      await deleting.query("DELETE FROM users WHERE username = 'bob'");
      const login = identity.login({ username: "bob", password: "demo-password" });
      await eventually(waitsForLock, { timeoutMs: 20_000 });
      await deleting.query("COMMIT");
      const refused = await login;
      const unknown = await identity.login({ username: "mallory", password: "demo-password" });
      expect([refused.status, await refused.text()]).toEqual([401, await unknown.text()]);
      expect((await pool.query("SELECT FROM login_networks")).rowCount).toBe(0);
      expect((await pool.query("SELECT FROM refresh_families")).rowCount).toBe(0);
    } finally {
      deleting.release();
    }
  });

  it("its client goes away, also before it is known from where it came: nothing fails", async () => {
    const body = JSON.stringify({ username: "oscar", password: "wrong" });
    const request = `POST /login HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
    const { hostname, port } = new URL(identity.url);
    for (let times = 0; times < 50; times += 1) {
      const socket = connect(Number(port), hostname, () => socket.write(request, () => socket.resetAndDestroy()));
      socket.on("error", () => undefined);
      await new Promise((resolve) => socket.once("close", resolve));
    }
    await eventually(() => identity.logged().includes("login refused"), { timeoutMs: 20_000 });
    expect((await identity.login({ username: "alice", password: "demo-password" })).status).toBe(200);
    expect(identity.logged()).not.toContain("request failed");
  });

  it("knows an account from the last 20 networks, and from one again that was forgotten", async () => {
    const pairOf = (index: number) => loginOrigin("alice", `192.0.2.${index}`).pair;
    const isKnown = async (index: number) => (await findLogin(pool, "alice", pairOf(index))).isKnownNetwork;
    await pool.query("DELETE FROM login_networks");
    for (let index = 0; index < 25; index += 1) await rememberLoginNetwork(pool, aliceId, pairOf(index));
    const known = await Promise.all(Array.from({ length: 25 }, (_, index) => isKnown(index)));
    expect(known).toEqual(Array.from({ length: 25 }, (_, index) => index >= 5));

    await rememberLoginNetwork(pool, aliceId, pairOf(0));
    expect([await isKnown(0), await isKnown(5), await isKnown(6)]).toEqual([true, false, true]);
    await pool.query("UPDATE login_networks SET seen_at = now() - interval '31 days' WHERE pair = $1", [pairOf(6)]);
    expect(await isKnown(6)).toBe(false);
    await rememberLoginNetwork(pool, aliceId, pairOf(6));
    expect(await isKnown(6)).toBe(true);
    expect((await pool.query("SELECT FROM login_networks WHERE user_id = $1", [aliceId])).rowCount).toBe(20);
  });

  it("networks that nobody is known from any more are deleted, and no others", async () => {
    await pool.query("DELETE FROM login_networks");
    for (const index of [1, 2, 3])
      await rememberLoginNetwork(pool, aliceId, loginOrigin("alice", `192.0.2.${index}`).pair);
    const old = loginOrigin("alice", "192.0.2.2").pair;
    await pool.query("UPDATE login_networks SET seen_at = now() - interval '31 days' WHERE pair = $1", [old]);
    const job = createExpiredLoginsJob(pool, createEvents(createMetrics("test"), silentLog()), 50);
    job.start();
    try {
      const pairs = async () => (await pool.query<{ pair: string }>("SELECT pair FROM login_networks")).rows;
      await eventually(async () => expect(await pairs()).not.toContainEqual({ pair: old }), { timeoutMs: 20_000 });
      expect(await pairs()).toHaveLength(2);
    } finally {
      await job.close();
    }
  });

  it("counts names that look alike as one account, and a name in other letters as another", async () => {
    const from = { "x-forwarded-for": "198.51.100.77" };
    const statuses: number[] = [];
    for (const username of ["carol", "ｃａｒｏｌ", "carol", "ｃarol", "carol", "ｃａｒol"]) {
      statuses.push((await identity.login({ username, password: "wrong" }, from)).status);
    }
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
    expect((await identity.login({ username: "Carol", password: "wrong" }, from)).status).toBe(401);
  });

  it("believes of X-Forwarded-For only what the trusted proxy has added", async () => {
    const wrong = { username: "dave", password: "wrong" };
    const statuses: number[] = [];
    for (let index = 0; index < 6; index += 1) {
      const answer = await identity.login(wrong, { "x-forwarded-for": `10.0.0.${index}, 203.0.113.9` });
      statuses.push(answer.status);
      if (answer.status === 429) expect(await readBody(answer)).toMatchObject({ code: "RATE_LIMITED" });
    }
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
  });
});
