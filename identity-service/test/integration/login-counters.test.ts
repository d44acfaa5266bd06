import { createLog } from "@shop/platform/logging";
import { connectToRedis, type RedisConnection } from "@shop/platform/redis";
import { eventually } from "@shop/testkit/eventually";
import { describeWithRedis, startTestRedis, type TestRedis } from "@shop/testkit/redis";
import type { LoginCounters } from "../../src/domain/login-throttle.ts";
import { createLoginCounters } from "../../src/store/login-counters.ts";

/** What holds wherever it is counted. */
function itCounts(countersOf: () => LoginCounters) {
  it("adds, takes back and forgets", async () => {
    const counters = countersOf();
    expect(await counters.look("a")).toEqual({ count: 0, shutForMs: 0 });
    expect(await counters.add("a")).toBe(1);
    expect(await counters.add("a")).toBe(2);
    expect(await counters.add("b")).toBe(1);
    await counters.takeBack("a");
    expect(await counters.look("a")).toEqual({ count: 1, shutForMs: 0 });
    await counters.shut("a", 5_000);
    await counters.forget("a");
    expect(await counters.look("a")).toEqual({ count: 0, shutForMs: 0 });
    expect(await counters.look("b")).toMatchObject({ count: 1 });
  });

  it("takes nothing back that is not counted, as after a loss of what was counted", async () => {
    const counters = countersOf();
    for (let times = 0; times < 3; times += 1) await counters.takeBack("lost");
    expect(await counters.add("lost")).toBe(1);
  });

  it("shuts a gate for the first only, and opens it again", async () => {
    const counters = countersOf();
    const answers = await Promise.all(Array.from({ length: 20 }, () => counters.shut("gate", 60_000)));
    expect(answers.filter((shutForMs) => shutForMs === 0)).toHaveLength(1);
    for (const shutForMs of answers.filter((one) => one > 0)) {
      expect(shutForMs).toBeGreaterThan(50_000);
      expect(shutForMs).toBeLessThanOrEqual(60_000);
    }
    expect((await counters.look("gate")).shutForMs).toBeGreaterThan(50_000);
    await counters.open("gate");
    expect(await counters.shut("gate", 60_000)).toBe(0);
  });

  it("opens a gate when its time is over", async () => {
    const counters = countersOf();
    expect(await counters.shut("short", 1_000)).toBe(0);
    await eventually(async () => expect(await counters.shut("short", 1_000)).toBe(0), { timeoutMs: 20_000 });
  });

  it("adds exactly, however many add at once", async () => {
    const counters = countersOf();
    const sums = await Promise.all(Array.from({ length: 200 }, () => counters.add("many")));
    expect(sums.sort((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
  });
}

describe("the counters of failed logins in this process", () => {
  itCounts(() => createLoginCounters().pairs);

  it("remember a bounded number of keys, those touched last", async () => {
    const { pairs } = createLoginCounters({ maxEntries: 100 });
    for (let index = 0; index < 100; index += 1) await pairs.add(`key-${index}`);
    await pairs.add("key-0");
    for (let index = 100; index < 199; index += 1) await pairs.add(`key-${index}`);

    expect(await pairs.look("key-0")).toMatchObject({ count: 2 });
    expect(await pairs.look("key-99")).toMatchObject({ count: 0 });
    expect(await pairs.look("key-198")).toMatchObject({ count: 1 });
  });

  it("take nothing back that they do not remember", async () => {
    const { pairs } = createLoginCounters();
    await pairs.takeBack("never");
    expect(await pairs.add("never")).toBe(1);
  });
});

describeWithRedis("the counters of failed logins in Redis", () => {
  let redis: TestRedis;
  const lines: string[] = [];
  const opened: RedisConnection[] = [];

  async function connected(): Promise<RedisConnection["client"]> {
    const log = createLog({ service: "test", level: "info", destination: { write: (line) => void lines.push(line) } });
    const connection = await connectToRedis({ url: redis.url, name: "test", log });
    opened.push(connection);
    await eventually(() => connection.client.status === "ready", { timeoutMs: 20_000 });
    return connection.client;
  }

  beforeAll(async () => {
    redis = await startTestRedis();
  });
  afterAll(async () => {
    for (const connection of opened) connection.close();
    await redis?.stop();
  });

  describe("of one process", () => {
    let counters: LoginCounters;
    beforeAll(async () => {
      counters = createLoginCounters({ redis: await connected() }).pairs;
    });
    itCounts(() => counters);
  });

  it("are shared by all processes, and let one of them through a gate", async () => {
    const ours = createLoginCounters({ redis: await connected() }).networks;
    const theirs = createLoginCounters({ redis: await connected() }).networks;
    await ours.add("shared");
    expect(await theirs.add("shared")).toBe(2);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => (index % 2 ? ours : theirs).shut("shared", 60_000)),
    );
    expect(answers.filter((shutForMs) => shutForMs === 0)).toHaveLength(1);
  });

  it("expire by themselves, all of them", async () => {
    const client = await connected();
    const counters = createLoginCounters({ redis: client }).accounts;
    await counters.add("expiring");
    await counters.shut("expiring", 5_000);
    const keys = await client.keys("*");
    expect(keys.length).toBeGreaterThanOrEqual(2);
    for (const key of keys) expect(await client.ttl(key)).not.toBe(-1);
  });

  it("count in this process while Redis is away, and in Redis again when it is back; each is logged once", async () => {
    const client = await connected();
    const counters = createLoginCounters({ redis: client }).pairs;
    await counters.add("away");
    lines.length = 0;
    await redis.kill();
    await eventually(() => client.status !== "ready", { timeoutMs: 20_000 });
    expect(await counters.add("away")).toBe(1);
    expect(await counters.add("away")).toBe(2);
    expect(await counters.shut("away", 60_000)).toBe(0);
    expect(await counters.shut("away", 60_000)).toBeGreaterThan(0);
    await redis.restart();
    await eventually(() => client.status === "ready", { timeoutMs: 20_000 });
    expect(await counters.add("away")).toBe(1);

    const mine = lines.filter((line) => line.includes("redis"));
    expect(mine.filter((line) => line.includes("redis is away")).length).toBeLessThanOrEqual(opened.length);
    expect(mine.join("")).not.toContain(redis.url);
  });

  it("answer within a second or two when Redis hangs, and then at once", async () => {
    const client = await connected();
    const counters = createLoginCounters({ redis: client }).pairs;
    redis.pause();
    try {
      const from = performance.now();
      expect(await counters.add("hanging")).toBe(1);
      expect(performance.now() - from).toBeLessThan(5_000);
      await eventually(() => client.status !== "ready", { timeoutMs: 20_000 });
      // Nothing is waited for, neither a server nor a timer.
      const later = new Promise((resolve) => setImmediate(resolve, "later"));
      expect(await Promise.race([counters.add("hanging"), later])).toBe(2);
    } finally {
      redis.resume();
    }
    await eventually(() => client.status === "ready", { timeoutMs: 20_000 });
  });
});
