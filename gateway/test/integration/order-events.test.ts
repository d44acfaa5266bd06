import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { AppError } from "@shop/platform/errors";
import type { Call } from "@shop/platform/grpc-server";
import { SagaStatus, StepStatus, type WatchOrderResponse } from "@shop/protos/gen/shop/orders/v1/orders";
import { eventually } from "@shop/testkit/eventually";
import { type EventReader, openEvents } from "../_events.ts";
import { startGateway, type TestGateway } from "../_gateway.ts";
import { orderId, wireOrder, wireSaga } from "../_neighbours.ts";

const path = `/api/orders/${orderId}/events`;
const steps = ["ValidateInventory", "ReserveInventory", "ProcessPayment", "ScheduleShipment", "CommitInventory"];

/** The saga after so many of its steps; with all of them it is completed. */
function after(done: number): WatchOrderResponse {
  const history = steps.slice(0, done).map((step, index) => ({
    step,
    status: StepStatus.STEP_STATUS_COMPLETED,
    message: "",
    attempt: 1,
    timestamp: new Date(Date.UTC(2026, 0, 31, 9, 30, index)),
  }));
  const hasEnded = done === steps.length;
  const status = hasEnded ? SagaStatus.SAGA_STATUS_COMPLETED : SagaStatus.SAGA_STATUS_IN_PROGRESS;
  const currentStep = steps[Math.min(done, steps.length - 1)] ?? "";
  return { order: wireOrder(), saga: wireSaga({ status, currentStep, history, completedAt: undefined }) };
}

/** Resolves when the call's other side has gone. */
function gone(call: Call): Promise<void> {
  return new Promise((resolve) => call.signal.addEventListener("abort", () => resolve()));
}

describe("GET /api/orders/{id}/events", () => {
  let gateway: TestGateway;
  let readers: EventReader[];
  beforeEach(async () => {
    readers = [];
    gateway = await startGateway(
      { MAX_EVENT_STREAMS: "3", MAX_EVENT_STREAMS_PER_USER: "2" },
      { streamTimes: { heartbeatMs: 30, recheckMs: 20 } },
    );
  });
  afterEach(async () => {
    for (const reader of readers) reader.leave();
    await gateway.close();
  });

  const authorization = (token = gateway.tokens.userToken()) => ({ authorization: `Bearer ${token}` });

  async function open(headers: Record<string, string> = authorization()): Promise<EventReader> {
    const reader = await openEvents(`${gateway.url}${path}`, headers);
    readers.push(reader);
    return reader;
  }

  async function nextOf(reader: EventReader, type: string) {
    for (let event = await reader.next(); event !== undefined; event = await reader.next()) {
      if (event.type === type) return event;
    }
    throw new Error(`There was no event "${type}".`);
  }

  it("tells every state of the saga, and ends with it", async () => {
    gateway.neighbours.onWatchOrder = async function* () {
      for (let done = 0; done <= steps.length; done++) {
        yield after(done);
        await new Promise((resolve) => setImmediate(resolve));
      }
    };

    const { res, rest } = await open();
    const events = (await rest()).filter(({ type }) => type !== ":");

    expect(res.status).toBe(200);
    expect(Object.fromEntries(res.headers)).toMatchObject({
      "content-type": "text/event-stream",
      "cache-control": "no-store",
      "x-accel-buffering": "no",
    });
    expect(events[0]).toEqual({ type: "retry", data: expect.any(Number) });
    const states = events.filter(({ type }) => type === "saga");
    expect(states.at(-1)?.data).toMatchObject({ orderId, status: "Completed", history: { length: 5 } });
    expect(new Set(states.map(({ id }) => id)).size).toBe(states.length);
    expect(events.at(-1)).toEqual({ type: "end", id: expect.stringMatching(/^end-/), data: { status: "Completed" } });
  });

  it("goes on where a client left off, and is 204 once it has seen the end", async () => {
    let done = 2;
    gateway.neighbours.onWatchOrder = async function* (_orderId, call) {
      yield after(done);
      if (done < steps.length) await gone(call);
    };
    const first = await open();
    const seen = await nextOf(first, "saga");
    first.leave();

    const second = await open({ ...authorization(), "last-event-id": seen.id ?? "" });
    await nextOf(second, ":");
    second.leave();
    done = steps.length;
    const third = await open({ ...authorization(), "last-event-id": seen.id ?? "" });
    const events = await third.rest();
    const [saga, end] = events.filter(({ id }) => id !== undefined);
    const fourth = await open({ ...authorization(), "last-event-id": saga?.id ?? "" });
    const fifth = await open({ ...authorization(), "last-event-id": end?.id ?? "" });

    expect(saga).toMatchObject({ type: "saga", data: { status: "Completed" } });
    expect((await fourth.rest()).map(({ type }) => type)).toEqual(["retry", "end"]);
    expect(fifth.res.status).toBe(204);
  });

  it("does not take an unknown last event for one of its own", async () => {
    for (const id of ["nonsense", "end", "\u00ff", "x".repeat(2_000)]) {
      const reader = await open({ ...authorization(), "last-event-id": id });
      expect((await nextOf(reader, "saga")).data).toMatchObject({ status: "Compensated" });
      reader.leave();
    }
  });

  it("takes up a stream that was cut, as if nothing had been", async () => {
    let streams = 0;
    gateway.neighbours.onWatchOrder = async function* () {
      streams += 1;
      if (streams === 2) throw new AppError("OVERLOADED", "Too many watch.");
      if (streams === 3) yield after(1);
      yield after(2);
      if (streams < 4) throw new AppError("UNAVAILABLE", "This server is going away.");
      yield after(5);
    };

    const { rest } = await open();
    const told = (await rest())
      .filter(({ type }) => type !== ":")
      .map(({ type, data }) => [type, data?.history?.length]);

    expect(told).toEqual([
      ["retry", undefined],
      ["saga", 2],
      ["saga", 5],
      ["end", undefined],
    ]);
    expect(streams).toBe(4);
  });

  it("sends a comment while nothing happens", async () => {
    gateway.neighbours.onWatchOrder = async function* (_orderId, call) {
      yield after(1);
      await gone(call);
    };
    const reader = await open();
    await nextOf(reader, "saga");

    expect(await reader.next()).toEqual({ type: ":" });
    expect(await reader.next()).toEqual({ type: ":" });
  });

  it("ends the call when the client goes away, and gives its place back", async () => {
    let isGone = 0;
    gateway.neighbours.onWatchOrder = async function* (_orderId, call) {
      yield after(1);
      await gone(call);
      isGone += 1;
    };
    for (let turn = 1; turn <= 4; turn++) {
      const reader = await open();
      await nextOf(reader, "saga");
      reader.leave();
      await eventually(() => isGone === turn);
    }
  });

  it("gives one user so many streams, and all of them so many", async () => {
    gateway.neighbours.onWatchOrder = async function* (_orderId, call) {
      yield after(1);
      await gone(call);
    };
    const bob = authorization(gateway.tokens.userToken({ userId: "01900000-0000-7000-8000-000000000b0b" }));
    await Promise.all([open(), open(), open(bob)]);

    const mine = await gateway.get(path, { headers: authorization() });
    const everybodys = await gateway.get(path, { headers: bob });

    expect(mine.status).toBe(429);
    expect(mine.body.code).toBe("RATE_LIMITED");
    expect(everybodys.status).toBe(503);
    expect(everybodys.body.code).toBe("OVERLOADED");
    for (const { headers } of [mine, everybodys]) expect(headers.get("retry-after")).toBe("1");
  });

  it.each([
    ["NOT_FOUND", 404],
    ["UNAUTHENTICATED", 401],
    ["OVERLOADED", 503],
  ] as const)("answers %s of the order service before the stream begins", async (code, status) => {
    gateway.neighbours.onWatchOrder = () => {
      throw new AppError(code, "It is so.");
    };

    const answer = await gateway.get(path, { headers: authorization() });

    expect(answer.status).toBe(status);
    expect(answer.headers.get("content-type")).toContain("application/problem+json");
    expect(answer.body.code).toBe(code);
  });

  it("needs a user's token and an order's id", async () => {
    expect((await gateway.get(path)).status).toBe(401);
    expect((await gateway.get("/api/orders/7/events")).status).toBe(401);
    expect((await gateway.get("/api/orders/7/events", { headers: authorization() })).status).toBe(400);
  });

  it("answers HEAD with the headers of the stream and without the stream", async () => {
    gateway.neighbours.onWatchOrder = async function* (_orderId, call) {
      yield after(1);
      await gone(call);
    };

    const { status, headers, body } = await gateway.get(path, { method: "HEAD", headers: authorization() });

    expect(status).toBe(200);
    expect(headers.get("content-type")).toBe("text/event-stream");
    expect(body).toBe("");
  });

  it("ends at once when the gateway goes away", async () => {
    gateway.neighbours.onWatchOrder = async function* (_orderId, call) {
      yield after(1);
      await gone(call);
    };
    const reader = await open();
    await nextOf(reader, "saga");
    const startedAt = performance.now();

    const [events] = await Promise.all([reader.rest(), gateway.context.close()]);

    expect(events.filter(({ type }) => type !== ":")).toEqual([]);
    // What is under way may take 12.5 s then.
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });
});

describe("a connection to the order service that breaks", () => {
  it("is not noticed by the client", async () => {
    let target = "";
    const sockets = new Set<Socket>();
    const relay = createServer((inner) => {
      const outer = connect(Number(target.split(":")[1]), "127.0.0.1");
      for (const socket of [inner, outer]) sockets.add(socket.on("error", () => undefined));
      inner.pipe(outer).pipe(inner);
    }).listen(0, "127.0.0.1");
    await once(relay, "listening");
    const { port } = relay.address() as AddressInfo;
    const gateway = await startGateway({ ORDERS_ADDRESS: `127.0.0.1:${port}` });
    target = gateway.neighbours.ordersAddress;
    try {
      let done = 1;
      gateway.neighbours.onWatchOrder = async function* (_orderId, call) {
        yield after(done);
        if (done < steps.length) await gone(call);
      };
      const headers = { authorization: `Bearer ${gateway.tokens.userToken()}` };
      const { next, rest } = await openEvents(`${gateway.url}${path}`, headers);
      expect([(await next())?.type, (await next())?.type]).toEqual(["retry", "saga"]);
      done = steps.length;
      for (const socket of sockets) socket.destroy();

      expect((await rest()).map(({ type, data }) => [type, data.status])).toEqual([
        ["saga", "Completed"],
        ["end", "Completed"],
      ]);
    } finally {
      await gateway.close();
      for (const socket of sockets) socket.destroy();
      relay.close();
    }
  });
});

describe("a token that ends during a stream", () => {
  it("ends the stream, with the reason and without the end of the saga", async () => {
    const gateway = await startGateway({}, { streamTimes: { heartbeatMs: 30, recheckMs: 20 } });
    try {
      gateway.neighbours.onWatchOrder = async function* (_orderId, call) {
        yield after(1);
        await gone(call);
      };
      // Clocks may differ by 5 s: this one is good for another second or two.
      const token = gateway.tokens.userToken({ exp: Math.floor(Date.now() / 1000) - 3 });
      const reader = await openEvents(`${gateway.url}${path}`, { authorization: `Bearer ${token}` });
      expect(reader.res.status).toBe(200);

      const events = (await reader.rest()).filter(({ type }) => type !== ":");

      expect(events.map(({ type }) => type)).toEqual(["retry", "saga", "problem"]);
      expect(events.at(-1)).toEqual({
        type: "problem",
        data: expect.objectContaining({ status: 401, code: "UNAUTHENTICATED" }),
      });
    } finally {
      await gateway.close();
    }
  });
});

describe("a client that does not read", () => {
  it("is told the newest state once it reads, and holds up neither the order service nor the gateway's memory", async () => {
    const gateway = await startGateway();
    try {
      const all = Promise.withResolvers<void>();
      const message = "x".repeat(20_000);
      gateway.neighbours.onWatchOrder = async function* () {
        for (let attempt = 1; attempt <= 2_000; attempt++) {
          const { order, saga } = after(1);
          yield {
            order,
            saga: saga && { ...saga, history: saga.history.map((step) => ({ ...step, attempt, message })) },
          };
        }
        yield after(steps.length);
        all.resolve();
      };
      const socket = connect(Number(new URL(gateway.url).port), "127.0.0.1").pause();
      const head = [`GET ${path} HTTP/1.1`, "host: shop", "connection: close"];
      socket.write(`${head.join("\r\n")}\r\nauthorization: Bearer ${gateway.tokens.userToken()}\r\n\r\n`);
      await all.promise;

      const told = await text(socket);

      expect(told.length).toBeLessThan(10_000_000);
      expect(told).toContain('"status":"Completed"');
      expect(told).toContain("event: end");
    } finally {
      await gateway.close();
    }
  }, 60_000);
});
