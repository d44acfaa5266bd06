import { eventually } from "@shop/testkit/eventually";
import { describeWithRedis, startTestRedis, type TestRedis } from "@shop/testkit/redis";
import { openEvents } from "../_events.ts";
import { startGateway, type TestGateway } from "../_gateway.ts";
import { orderId, productId, wireOrder, wireSaga } from "../_neighbours.ts";

const body = { items: [{ productId, quantity: 1 }] };
const bobId = "01900000-0000-7000-8000-000000000b0b";

describe("the limits of a user", () => {
  it("are each user's own, also where users share an address, and the address's where there is no good token", async () => {
    const gateway = await startGateway({ ORDERS_PER_SECOND: "2", REQUESTS_PER_SECOND: "5" });
    try {
      const alice = { authorization: `Bearer ${gateway.tokens.userToken()}` };
      const bob = { authorization: `Bearer ${gateway.tokens.userToken({ userId: bobId })}` };
      const orders = await Promise.all(
        [alice, alice, alice, bob].map((headers) => gateway.post("/api/orders", body, headers)),
      );
      const others = await Promise.all(
        Array.from({ length: 6 }, (_, n) => gateway.get(n % 2 ? "/nope" : "/api/products", n === 2 ? bad : {})),
      );
      const alices = await gateway.get(`/api/orders/${orderId}`, { headers: alice });

      expect(orders.map(({ status }) => status)).toEqual([201, 201, 429, 201]);
      expect(others.map(({ status }) => status).filter((status) => status === 429)).toHaveLength(1);
      expect(alices.status).toBe(200);
      expect(alices.headers.get("ratelimit-limit")).toBe("5");
      expect(alices.headers.get("ratelimit-remaining")).toBe("4");
      expect(alices.headers.get("ratelimit-reset")).toBe("1");
    } finally {
      await gateway.close();
    }
  });

  const bad = { headers: { authorization: "Bearer nonsense" } };
});

describeWithRedis("the limits of two gateways on one redis", () => {
  let redis: TestRedis;
  let gateways: TestGateway[];
  beforeAll(async () => {
    redis = await startTestRedis();
    const env = { REDIS_URL: redis.url, REQUESTS_PER_SECOND: "10" };
    gateways = await Promise.all([startGateway(env), startGateway(env)]);
  });
  afterAll(async () => {
    await Promise.all(gateways.map((gateway) => gateway.close()));
    await redis.stop();
  });

  const ask = async (times: number) => {
    const asked = Array.from({ length: times }, (_, n) => gateways[n % 2]?.get("/api/products"));
    return (await Promise.all(asked)).filter((answer) => answer?.status === 200).length;
  };

  it("are shared, are each one's own while redis is away, and are shared again", async () => {
    await eventually(async () => (await ask(40)) <= 20 && (await ask(40)) > 0, { timeoutMs: 10_000 });
    await eventually(async () => (await ask(40)) === 10, { timeoutMs: 10_000, intervalMs: 300 });

    redis.pause();
    const startedAt = performance.now();
    expect(await ask(40)).toBeGreaterThan(0);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    redis.resume();

    await redis.kill();
    await eventually(async () => (await ask(40)) === 20, { timeoutMs: 10_000, intervalMs: 300 });
    await redis.restart();
    await eventually(async () => (await ask(40)) === 10, { timeoutMs: 20_000, intervalMs: 300 });
  });
});

describe("a process that is late", () => {
  it("refuses a part of the requests at once, answers /health, and goes on with its streams", async () => {
    let tell: (delayMs: number) => void = () => undefined;
    const loop = {
      onSample(listener: typeof tell) {
        tell = listener;
      },
      close: () => undefined,
    };
    const gateway = await startGateway({ MAX_EVENT_LOOP_DELAY_MS: "100" }, { loop });
    try {
      const next = Promise.withResolvers<void>();
      gateway.neighbours.onWatchOrder = async function* () {
        yield { order: wireOrder(), saga: wireSaga({ status: 2, completedAt: undefined }) };
        await next.promise;
        yield { order: wireOrder(), saga: wireSaga() };
      };
      const stream = await openEvents(`${gateway.url}/api/orders/${orderId}/events`, {
        authorization: `Bearer ${gateway.tokens.userToken()}`,
      });
      const served = async () => {
        const answers = await Promise.all(Array.from({ length: 20 }, () => gateway.get("/api/products")));
        const refused = answers.find(({ status }) => status === 503);
        if (refused) {
          expect(refused.body.code).toBe("OVERLOADED");
          expect(refused.headers.get("retry-after")).toBe("1");
        }
        return answers.filter(({ status }) => status === 200).length;
      };

      tell(99);
      expect(await served()).toBe(20);
      tell(101);
      expect(await served()).toBe(10);
      for (let sample = 0; sample < 10; sample++) tell(5_000);
      expect(await served()).toBe(1);
      expect((await gateway.get("/health")).status).toBe(200);
      next.resolve();
      expect((await stream.rest()).map(({ type }) => type).at(-1)).toBe("end");
      for (let sample = 0; sample < 10; sample++) tell(0);
      expect(await served()).toBe(20);
    } finally {
      await gateway.close();
    }
  });
});
