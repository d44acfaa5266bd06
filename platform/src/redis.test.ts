import { describeWithRedis, startTestRedis, type TestRedis } from "@shop/testkit/redis";
import { createLog } from "./logging.ts";
import { connectToRedis, type RedisConnection } from "./redis.ts";

const increment = "return redis.call('INCR', KEYS[1])";

describeWithRedis("a redis that answers with errors", () => {
  let redis: TestRedis;
  let ours: RedisConnection;
  let other: RedisConnection;
  let lines: string[];
  const messages = () => lines.map((line) => JSON.parse(line).message);
  beforeEach(async () => {
    lines = [];
    redis = await startTestRedis();
    const log = createLog({ service: "test", level: "info", destination: { write: (line) => void lines.push(line) } });
    ours = await connectToRedis({ url: redis.url, name: "ours", log });
    other = await connectToRedis({ url: redis.url, name: "other", log });
    for (const { client } of [ours, other]) {
      if (client.status !== "ready") await new Promise((resolve) => client.once("ready", resolve));
    }
  });
  afterEach(async () => {
    ours.close();
    other.close();
    await redis.stop();
  });

  it("is told once per outage, and its end, whatever it still answers", async () => {
    const { client } = ours;
    const refused = async () => {
      await expect(client.eval(increment, 1, "secret-key")).rejects.toThrow("OOM");
      await client.get("secret-key");
    };
    await client.eval(increment, 1, "secret-key");
    await expect(client.evalsha("0".repeat(40), 0)).rejects.toThrow("NOSCRIPT");
    expect(messages()).toEqual([]);
    for (let outage = 1; outage <= 2; outage++) {
      await other.client.config("SET", "maxmemory", "1");
      await refused();
      await refused();
      await other.client.config("SET", "maxmemory", "0");
      await client.eval(increment, 1, "secret-key");
      await client.eval(increment, 1, "secret-key");
    }

    const once = ["redis refuses commands, limits are counted in this process", "redis takes commands again"];
    expect(messages()).toEqual([...once, ...once]);
    expect(lines[0]).toContain("OOM");
    expect(lines.join()).not.toContain("secret-key");
  });
});
