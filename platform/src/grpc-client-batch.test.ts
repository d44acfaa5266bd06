import { setTimeout as delay } from "node:timers/promises";
import { eventually } from "@shop/testkit/eventually";
import { key } from "../test/_grpc.ts";
import { type Echo, type EchoHarness, echoes, serveEchoes, type Text } from "../test/_grpc-batch.ts";
import { runWithCorrelation } from "./correlation.ts";
import { AppError } from "./errors.ts";
import { createRpcClient } from "./grpc-client.ts";
import { silentLog } from "./logging.ts";

const options = { timeoutMs: 10_000 };
let harness: EchoHarness;
let handle: Echo["handle"];

beforeEach(async () => {
  handle = async (req) => req;
  harness = await serveEchoes((req, call) => handle(req, call));
});
afterEach(() => harness.close());

function texts(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `call ${index}`);
}

async function echoAll(client: EchoHarness["client"], orderIds: string[]): Promise<Text[]> {
  return Promise.all(orderIds.map((orderId) => client.echo({ orderId }, options)));
}

/** A call that ends when the test says so. */
function held() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { promise, release: resolve };
}

describe("calls of one turn", () => {
  it("go out as one batch, and each gets its own answer", async () => {
    const sent = texts(20);
    expect((await echoAll(harness.client, sent)).map(({ orderId }) => orderId)).toEqual(sent);
    expect(await harness.count("Echo")).toBe(20);
    expect(await harness.count("Call")).toBe(1);
  });

  it("go out by themselves where there is one, or where it is no plain call", async () => {
    await harness.client.echo({ orderId: "alone" }, options);
    await Promise.all([
      harness.client.echo({ orderId: "one" }, { ...options, onMetadata: () => undefined }),
      harness.client.echo({ orderId: "two" }, { ...options, metadata: { extra: "more" } }),
      harness.client.echo({ orderId: "three" }, options),
    ]);
    expect(await harness.count("Echo")).toBe(4);
    expect(await harness.count("Call")).toBe(0);
  });

  it("keep each its own correlation, user, key, deadline and token", async () => {
    const seen = new Map<string, object>();
    handle = async (req, call) => {
      const metadata = ["x-correlation-id", "traceparent", "idempotency-key", "grpc-timeout", "constructor"].map(
        (name) => call.metadata(name),
      );
      seen.set(req.orderId, { caller: call.caller, user: call.onBehalfOf, metadata, remainingMs: call.remainingMs() });
      return req;
    };
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const token = { authorization: `Bearer ${key.serviceToken("shipping")}` };
    const one = runWithCorrelation({ correlationId: "abc", traceparent }, () =>
      harness.client.echoForService(
        { orderId: "one" },
        { timeoutMs: 4000, userId: "me", idempotencyKey: "once", ...token },
      ),
    );
    const two = harness.client.echoForService({ orderId: "two" }, { timeoutMs: 8000, ...token });
    const three = harness.client.echoForService({ orderId: "three" }, { timeoutMs: 8000 }).catch((err: unknown) => err);
    const four = harness.client.echo({ orderId: "four" }, { timeoutMs: 8000 });
    await Promise.all([one, two, four]);
    expect(await three).toMatchObject({ code: "UNAUTHENTICATED" });
    expect(seen.get("one")).toMatchObject({
      caller: { kind: "service" },
      user: "me",
      metadata: ["abc", traceparent, "once", undefined, undefined],
    });
    expect((seen.get("one") as { remainingMs: number }).remainingMs).toBeLessThanOrEqual(4000);
    expect((seen.get("two") as { remainingMs: number }).remainingMs).toBeGreaterThan(4000);
    expect(seen.get("two")).toMatchObject({ user: undefined });
    expect(seen.get("four")).toMatchObject({ caller: { kind: "anonymous" } });
    expect(await harness.count("Call")).toBe(2);
  });

  it("fail each by itself, with code, reason, violations and delay", async () => {
    handle = async ({ orderId }) => {
      if (orderId === "refused") throw new AppError("FAILED_PRECONDITION", "No.", { reason: "UNDONE" });
      if (orderId === "faulty") {
        throw new AppError("VALIDATION_FAILED", "Bad.", { violations: [{ field: "a", message: "must be b" }] });
      }
      if (orderId === "later") throw new AppError("OVERLOADED", "Later.", { retryAfterMs: 1500 });
      if (orderId === "broken") throw new TypeError("the password is swordfish");
      if (orderId === "untellable") throw new AppError("OVERLOADED", "Later.", { retryAfterMs: Number.NaN });
      if (orderId === "nonsense") return null as never;
      return { orderId };
    };
    const names = ["refused", "faulty", "fine", "later", "broken", "untellable", "nonsense"];
    const ends = await Promise.allSettled(names.map((orderId) => harness.client.echo({ orderId }, options)));
    const rejected = (reason: object) => ({ status: "rejected", reason });
    expect(ends).toMatchObject([
      rejected({ code: "FAILED_PRECONDITION", reason: "UNDONE", message: "No." }),
      rejected({ code: "VALIDATION_FAILED", violations: [{ field: "a", message: "must be b" }] }),
      { status: "fulfilled", value: { orderId: "fine" } },
      rejected({ code: "OVERLOADED", retryAfterMs: 1500 }),
      rejected({ code: "INTERNAL" }),
      rejected({ code: "INTERNAL" }),
      rejected({ code: "INTERNAL" }),
    ]);
    expect(JSON.stringify(ends)).not.toContain("swordfish");
    expect(await harness.count("Echo", "FAILED_PRECONDITION")).toBe(1);
    expect(await harness.count("Call")).toBe(1);
  });

  it("are answered as soon as each is done", async () => {
    const slow = held();
    handle = async (req) => {
      if (req.orderId === "call 0") await slow.promise;
      return req;
    };
    const [first, ...rest] = texts(10).map((orderId) => harness.client.echo({ orderId }, options));
    await Promise.all(rest);
    slow.release();
    await expect(first).resolves.toEqual({ orderId: "call 0" });
    expect(await harness.count("Call")).toBe(1);
  });

  it("go out in several batches where there are many, or large ones", async () => {
    expect(await echoAll(harness.client, texts(200))).toHaveLength(200);
    expect(await harness.count("Call")).toBe(4);
    const large = texts(10).map((text) => text.padEnd(200_000));
    expect((await echoAll(harness.client, large)).map(({ orderId }) => orderId)).toEqual(large);
    expect(await harness.count("Call")).toBe(9);
  });

  it("with a request that cannot be sent fail by that one alone", async () => {
    const ends = await Promise.allSettled([
      harness.client.echo({ orderId: "fine" }, options),
      harness.client.echo({ orderId: "unfit" }, { ...options, userId: "älice" }),
      harness.client.echo(null as never, options),
      harness.client.echo({ orderId: "late" }, { timeoutMs: -1 }),
      harness.client.echo({ orderId: "never" }, { timeoutMs: Number.NaN }),
      harness.client.echo({ orderId: "cancelled" }, { ...options, signal: AbortSignal.abort() }),
      harness.client.echo({ orderId: "fine too" }, options),
    ]);
    expect(ends.map((end) => (end.status === "fulfilled" ? "OK" : (end.reason as AppError).code))).toEqual([
      "OK",
      "VALIDATION_FAILED",
      "INTERNAL",
      "DEADLINE_EXCEEDED",
      "DEADLINE_EXCEEDED",
      "CANCELLED",
      "OK",
    ]);
    expect(await harness.count("Echo")).toBe(2);
  });

  it("may have any time to be answered in, such as a part of a millisecond, or no end of it", async () => {
    const calls = [1500.5, 0.5 + 60_000, Number.POSITIVE_INFINITY].map((timeoutMs) =>
      harness.client.echo({ orderId: "fine" }, { timeoutMs }),
    );
    await expect(Promise.all(calls)).resolves.toHaveLength(3);
    expect(await harness.count("Call")).toBe(1);
  });

  it("with an answer that is too large fail by that one alone, as it does for a call of its own", async () => {
    const mebibyte = 1024 * 1024;
    handle = async ({ orderId }) => ({ orderId: "x".repeat(Number(orderId) * mebibyte) });
    const sizes = ["4", "3.9", "3.9", "0.1"];
    const echo = (orderId: string) => harness.client.echo({ orderId }, options);
    await expect(echo("4")).rejects.toMatchObject({ code: "OVERLOADED" });
    const ends = await Promise.allSettled(sizes.map(echo));
    expect(ends[0]).toMatchObject({ status: "rejected", reason: { code: "OVERLOADED" } });
    const lengths = ends.slice(1).map((end) => end.status === "fulfilled" && end.value.orderId.length);
    expect(lengths).toEqual([3.9, 3.9, 0.1].map((size) => Math.floor(size * mebibyte)));
  });

  it("renew a refused token once for all", async () => {
    const renewed: unknown[] = [];
    const fresh = key.serviceToken("shipping");
    let value = "stale";
    const token = {
      get: () => value,
      renew(refused?: string) {
        renewed.push(refused);
        value = fresh;
      },
      close: async () => {},
    };
    const client = harness.connect({ token });
    const sent = texts(5);
    const answers = await Promise.all(sent.map((orderId) => client.echoForService({ orderId }, options)));
    expect(answers.map(({ orderId }) => orderId)).toEqual(sent);
    expect(new Set(renewed)).toEqual(new Set(["stale"]));
    expect(await harness.count("Call")).toBe(2);
  });
});

describe("a server that takes no batches", () => {
  it("is sent calls of their own, each once, and is not asked again", async () => {
    const log = silentLog();
    const info = jest.spyOn(log, "info");
    const plain = await serveEchoes(async (req) => req, { hasBatching: false });
    const client = plain.connect({ log });
    const sent = texts(20);
    expect((await echoAll(client, sent)).map(({ orderId }) => orderId)).toEqual(sent);
    expect((await echoAll(client, sent)).map(({ orderId }) => orderId)).toEqual(sent);
    expect(await plain.count("Echo")).toBe(40);
    expect(info).toHaveBeenCalledTimes(1);
    await plain.close();
  });

  it("is sent what is left of a batch of which calls were given up meanwhile", async () => {
    const plain = await serveEchoes(async (req) => req, { hasBatching: false });
    const controller = new AbortController();
    const given = [controller.signal, undefined].map((signal) =>
      plain.client.echo({ orderId: "one" }, { ...options, signal }),
    );
    setImmediate(() => controller.abort());
    expect(await Promise.allSettled(given)).toMatchObject([{ reason: { code: "CANCELLED" } }, { status: "fulfilled" }]);
    expect(await plain.count("Echo")).toBe(1);
    await plain.close();
  });
});

test("a method that a server does not know says nothing of batches", async () => {
  const client = createRpcClient(
    { ...echoes, nothing: { ...echoes.echo, path: "/test.v1.Echoes/Nothing" } },
    { address: `127.0.0.1:${harness.server.port}`, isBatching: true },
  );
  const both = () =>
    Promise.allSettled([client.nothing({ orderId: "a" }, options), client.echo({ orderId: "b" }, options)]);
  const expected = [{ reason: { code: "UNIMPLEMENTED" } }, { status: "fulfilled" }];
  expect(await both()).toMatchObject(expected);
  expect(await both()).toMatchObject(expected);
  expect(await harness.count("Call")).toBe(2);
  client.close();
});

describe("a client that is closed", () => {
  it("sends nothing more", async () => {
    const client = harness.connect();
    client.close();
    const ends = await Promise.allSettled(texts(3).map((orderId) => client.echo({ orderId }, options)));
    for (const end of ends) expect(end).toMatchObject({ status: "rejected", reason: { code: "UNAVAILABLE" } });
  });
});

describe("a server that drains", () => {
  it("answers the calls of a batch that is under way", async () => {
    const go = held();
    let started = 0;
    const log = silentLog();
    const warn = jest.spyOn(log, "warn");
    const handleHeld: Echo["handle"] = async (req) => {
      started += 1;
      await go.promise;
      return req;
    };
    const own = await serveEchoes(handleHeld, { log });
    const sent = texts(5);
    const answers = echoAll(own.client, sent);
    await eventually(() => expect(started).toBe(5));
    const closing = own.server.close();
    // Longer than a server without calls waits.
    await delay(300);
    go.release();
    expect((await answers).map(({ orderId }) => orderId)).toEqual(sent);
    await closing;
    expect(warn).not.toHaveBeenCalled(); // None was broken off.
    await own.close();
  });
});
