import { eventually } from "@shop/testkit/eventually";
import { describeWithRedis, startTestRedis, type TestRedis } from "@shop/testkit/redis";
import { createMemoryCounter } from "../../src/clients/rate-counter.ts";
import { openEvents } from "../_events.ts";
import { startGateway, type TestGateway } from "../_gateway.ts";
import { orderId, productId, wireOrder, wireSaga } from "../_neighbours.ts";

const body = { items: [{ productId, quantity: 1 }] };
const bobId = "01900000-0000-7000-8000-000000000b0b";

describe("the limits of a user", () => {
  it("are each user's own, also where users share an address, and the address's where there is no good token", async () => {
    // All of it happens in one second, however long that takes.
    const counter = createMemoryCounter(() => 0);
    const gateway = await startGateway({ ORDERS_PER_SECOND: "2", REQUESTS_PER_SECOND: "5" }, { counter });
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
    const env = { REDIS_URL: redis.url, REQUESTS_PER_SECOND: "1000" };
    gateways = await Promise.all([startGateway(env), startGateway(env)]);
  }, 60_000);
  afterAll(async () => {
    await Promise.all(gateways.map((gateway) => gateway.close()));
    await redis.stop();
  });

  /** What the address may still ask for, as the one gateway, the other, the one and the other say one after another. */
  const askInTurn = async () => {
    const left: number[] = [];
    for (const gateway of [...gateways, ...gateways]) {
      const { status, headers } = await gateway.get("/api/products");
      expect(status).toBe(200);
      left.push(Number(headers.get("ratelimit-remaining")));
    }
    return left;
  };
  // Neither can be taken for the other where a second ends in between; asked again, all four come within one.
  const patient = { timeoutMs: 30_000 };
  const areShared = () =>
    eventually(async () => {
      const left = await askInTurn();
      const [first = 0] = left;
      expect(left).toEqual([first, first - 1, first - 2, first - 3]);
    }, patient);
  const areEachOnesOwn = () =>
    eventually(async () => {
      const left = await askInTurn();
      const [one = 0, other = 0] = left;
      expect(left).toEqual([one, other, one - 1, other - 1]);
    }, patient);

  it("are shared, are each one's own while redis is away, and are shared again", async () => {
    await areShared();
    // Each second begins anew.
    await eventually(async () => expect(Math.max(...(await askInTurn()))).toBe(999), patient);
    // Who waited for a server that hangs would not answer before it goes on.
    redis.pause();
    await areEachOnesOwn();
    redis.resume();
    await areShared();

    await redis.kill();
    await areEachOnesOwn();
    await redis.restart();
    await areShared();
  }, 160_000);
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
