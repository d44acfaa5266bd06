import { createTestDatabase, type TestDatabase } from "@shop/testkit/database";
import { eventually } from "@shop/testkit/eventually";
import { describeWithRedis, startTestRedis, type TestRedis } from "@shop/testkit/redis";
import { startIdentity, type TestIdentity, testEnvironment } from "../_identity.ts";

describeWithRedis("the throttle of POST /login in Redis", () => {
  let redis: TestRedis;
  let database: TestDatabase;
  let identities: TestIdentity[] = [];

  beforeAll(async () => {
    [redis, database] = await Promise.all([startTestRedis(), createTestDatabase()]);
    const env = testEnvironment(database.url, { REDIS_URL: redis.url, TRUSTED_PROXIES: "127.0.0.1" });
    identities = [await startIdentity(env), await startIdentity(env)];
  });
  afterAll(async () => {
    for (const identity of identities) await identity.close();
    await Promise.all([redis?.stop(), database?.drop()]);
  });

  const statusOf = async (process: number, address: string, password: string) =>
    (await identities[process]?.login({ username: "alice", password }, { "x-forwarded-for": address }))?.status;

  /** Fails 30 times at once: the burst passes, and on a machine that is slow what a delay or two let through meanwhile. */
  async function expectBurst(address: string, processOf: (index: number) => number): Promise<void> {
    const startedMs = performance.now();
    const tries = Array.from({ length: 30 }, (_, index) => statusOf(processOf(index), address, "wrong"));
    const answers = await Promise.all(tries);
    const checked = answers.filter((status) => status === 401).length;
    expect(checked + answers.filter((status) => status === 429).length).toBe(30);
    expect(checked).toBeGreaterThanOrEqual(5);
    expect(checked).toBeLessThanOrEqual(5 + Math.floor((performance.now() - startedMs) / 1000));
  }

  async function untilConnected(): Promise<void> {
    const isBack = () => identities.every((identity) => identity.logged().includes("redis is back"));
    await eventually(isBack, { timeoutMs: 30_000 });
  }

  it("counts for all processes together, at once", async () => {
    await expectBurst("192.0.2.1", (index) => index % 2);
    expect(await statusOf(0, "192.0.2.2", "demo-password")).toBe(200);
  });

  it("opens no door and closes none while Redis is away: each process counts for itself, until it is back", async () => {
    await redis.kill();
    expect(await statusOf(0, "192.0.2.3", "demo-password")).toBe(200);
    for (const process of [0, 1]) await expectBurst("192.0.2.4", () => process);
    await redis.restart();
    await untilConnected();
    expect(await statusOf(0, "192.0.2.5", "demo-password")).toBe(200);
    for (const identity of identities) {
      expect(identity.logged().match(/redis is away/g)).toHaveLength(1);
      expect(identity.logged()).not.toContain(redis.url);
    }
  });
});
