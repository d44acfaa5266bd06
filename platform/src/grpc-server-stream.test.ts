import { eventually } from "@shop/testkit/eventually";
import pino from "pino";
import { aborted, all, type StreamHarness, serveStreams, type Watch } from "../test/_grpc-stream.ts";
import { proxyTo } from "../test/_proxy.ts";
import { currentCorrelation } from "./correlation.ts";
import { AppError } from "./errors.ts";
import type { Call } from "./grpc-server.ts";

const request = { orderId: "one" };
let harness: StreamHarness;
let handle: Watch["handle"];

beforeAll(async () => {
  harness = await serveStreams((req, call) => handle(req, call));
});
afterAll(() => harness.close());

async function* texts(...values: string[]) {
  for (const orderId of values) yield { orderId };
}

/** Gives one text, waits until its signal is aborted, and keeps what it was told. */
function waiting(): { handle: Watch["handle"]; told: Promise<unknown> } {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  return {
    told: promise,
    async *handle(_, call) {
      yield { orderId: "first" };
      await aborted(call.signal);
      resolve(call.signal.reason);
    },
  };
}

function countOf(text: string, code: string): number {
  return Number(
    new RegExp(`count\\{[^}]*method="test.v1.Streams/Watch",code="${code}"[^}]*\\} (\\d+)`).exec(text)?.[1] ?? 0,
  );
}

describe("a stream", () => {
  it("gives what its handler gives, and ends with it", async () => {
    handle = () => texts("a", "b", "c");
    await expect(all(harness.client.watch(request, {}))).resolves.toEqual(["a", "b", "c"]);
    handle = () => texts();
    await expect(all(harness.client.watch(request, {}))).resolves.toEqual([]);
  });

  it("knows the caller's request, metadata, correlation and deadline", async () => {
    const seen: { request?: unknown; call?: Call; correlation?: unknown[]; remainingMs?: number } = {};
    handle = async function* (req, call) {
      Object.assign(seen, { request: req, call, remainingMs: call.remainingMs(), correlation: [currentCorrelation()] });
      yield { orderId: "a" };
      seen.correlation?.push(currentCorrelation());
    };
    await all(harness.client.watch(request, { timeoutMs: 5000, metadata: { "x-correlation-id": "abc-1" } }));
    expect(seen.request).toEqual(request);
    expect(seen.call?.correlationId).toBe("abc-1");
    expect(seen.remainingMs).toBeGreaterThan(4000);
    expect(seen.correlation).toMatchObject([{ correlationId: "abc-1" }, { correlationId: "abc-1" }]);
  });

  it("checks who calls before its handler runs", async () => {
    handle = () => texts("never");
    await expect(all(harness.client.watchAsService(request, {}))).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
  });

  it("ends with the error of its handler, details included, behind what was given before", async () => {
    handle = async function* () {
      yield { orderId: "a" };
      throw new AppError("FAILED_PRECONDITION", "Not now.", { reason: "UNDONE" });
    };
    const got: string[] = [];
    const read = async () => {
      for await (const { orderId } of harness.client.watch(request, {})) got.push(orderId);
    };
    await expect(read()).rejects.toMatchObject({ code: "FAILED_PRECONDITION", reason: "UNDONE", message: "Not now." });
    expect(got).toEqual(["a"]);
  });

  it.each<[string, () => AsyncIterable<never>]>([
    [
      "throws at once",
      () => {
        throw new Error("at once");
      },
    ],
    ["gives nonsense", () => [null] as never],
    ["is no stream", () => undefined as never],
    [
      "throws an error that cannot be told",
      // biome-ignore lint/correctness/useYield: it throws before.
      async function* () {
        throw new AppError("OVERLOADED", "Later.", { retryAfterMs: Number.NaN });
      },
    ],
  ])("is INTERNAL where its handler %s, and the server lives on", async (_, broken) => {
    handle = broken;
    await expect(all(harness.client.watch(request, {}))).rejects.toMatchObject({ code: "INTERNAL" });
    handle = () => texts("a");
    await expect(all(harness.client.watch(request, {}))).resolves.toEqual(["a"]);
  });

  it("sends its response metadata before the first message, or with the error", async () => {
    const seen: unknown[] = [];
    handle = (_, call) => {
      call.sendMetadata("hint", "yes");
      return texts("a");
    };
    await all(harness.client.watch(request, { onMetadata: (read) => seen.push(read("hint")) }));
    expect(seen).toEqual(["yes"]);
  });

  it("aborts its signal at the deadline", async () => {
    const own = waiting();
    const way = await proxyTo(harness.server.port);
    handle = (req, call) => {
      // The caller has the same deadline: that it gives up then must not get here first.
      way.hold();
      return own.handle(req, call);
    };
    const { watch } = harness.connect({ address: `127.0.0.1:${way.port}` });
    await expect(all(watch(request, { timeoutMs: 500 }))).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
    await expect(own.told).resolves.toMatchObject({ code: "DEADLINE_EXCEEDED" });
    way.close();
  });

  it("aborts its signal when the reader cancels, and when it leaves", async () => {
    const controller = new AbortController();
    const cancelled = waiting();
    handle = cancelled.handle;
    const read = async () => {
      for await (const _ of harness.client.watch(request, { signal: controller.signal })) controller.abort();
    };
    await expect(read()).rejects.toMatchObject({ code: "CANCELLED" });
    await expect(cancelled.told).resolves.toMatchObject({ code: "CANCELLED" });

    const left = waiting();
    handle = left.handle;
    for await (const _ of harness.client.watch(request, {})) break;
    await expect(left.told).resolves.toMatchObject({ code: "CANCELLED" });
  });

  it("leaves its signal alone once it has ended", async () => {
    let signal: AbortSignal | undefined;
    handle = (_, call) => {
      signal = call.signal;
      return texts("a");
    };
    await all(harness.client.watch(request, {}));
    await all(harness.client.watch(request, {}));
    expect(signal?.aborted).toBe(false);
  });

  it("is measured once, by method and code", async () => {
    const before = await harness.metrics.registry.metrics();
    handle = () => texts("a", "b");
    await all(harness.client.watch(request, {}));
    await eventually(async () => {
      const after = await harness.metrics.registry.metrics();
      expect(countOf(after, "OK")).toBe(countOf(before, "OK") + 1);
    });
    for (const code of ["INTERNAL", "CANCELLED", "DEADLINE_EXCEEDED", "FAILED_PRECONDITION"]) {
      expect(countOf(before, code)).toBeGreaterThan(0);
    }
  });
});

describe("a reader that is slow", () => {
  const large = "x".repeat(200_000);

  it("holds its handler up", async () => {
    let given = 0;
    handle = async function* () {
      for (; given < 100; given++) yield { orderId: large };
    };
    const reading = harness.client.watch(request, {});
    await reading.next();
    let before = -1;
    await eventually(() => {
      const isStill = given === before;
      before = given;
      expect(isStill).toBe(true);
    });
    expect(given).toBeLessThan(30);
    await reading.return();
  });

  it("gets all there is where it goes on in time", async () => {
    handle = async function* () {
      for (let index = 0; index < 40; index++) yield { orderId: large };
    };
    let count = 0;
    for await (const { orderId } of harness.client.watch(request, { timeoutMs: 20_000 })) {
      count += orderId.length === large.length ? 1 : 0;
      if (count % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(count).toBe(40);
  });

  it("is not one that has read all there is, however long the next message takes", async () => {
    const own = await serveStreams(
      async function* () {
        yield { orderId: "a" };
        await new Promise((resolve) => setTimeout(resolve, 400));
        yield { orderId: "b" };
      },
      { slowReaderMs: 100 },
    );
    await expect(all(own.client.watch(request, {}))).resolves.toEqual(["a", "b"]);
    await own.close();
  });

  it("is given up with a clear status, and its handler is told", async () => {
    const told = Promise.withResolvers<unknown>();
    const own = await serveStreams(
      async function* (_, call) {
        call.signal.addEventListener("abort", () => told.resolve(call.signal.reason));
        for (;;) yield { orderId: large };
      },
      { slowReaderMs: 300 },
    );
    const reading = own.client.watch(request, {});
    await reading.next();
    await expect(told.promise).resolves.toMatchObject({ code: "OVERLOADED", reason: "SLOW_READER" });
    await expect(all(reading)).rejects.toMatchObject({ code: "OVERLOADED", reason: "SLOW_READER" });
    await own.close();
  });
});

describe("a server that drains", () => {
  /** Who is held up takes longer than a test may. */
  const drainMs = 60_000;

  it("ends its streams with UNAVAILABLE and is not held up by them", async () => {
    const polite = waiting();
    let calls = 0;
    const own = await serveStreams(
      (req, call) => {
        calls += 1;
        // The second handler does not heed its signal.
        return calls === 1
          ? polite.handle(req, call)
          : { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) };
      },
      { drainMs },
    );
    const first = own.client.watch(request, {});
    await first.next();
    const second = own.client.watch(request, {}).next();
    const ends = Promise.allSettled([first.next(), second]);
    await eventually(() => expect(calls).toBe(2));
    await own.server.close();
    const refused = { status: "rejected", reason: { code: "UNAVAILABLE", reason: "DRAINING" } };
    expect(await ends).toMatchObject([refused, refused]);
    await expect(polite.told).resolves.toMatchObject({ reason: "DRAINING" });
    await own.close();
  });

  it("is not held up by a reader that does not read", async () => {
    const own = await serveStreams(
      async function* () {
        for (;;) yield { orderId: "x".repeat(200_000) };
      },
      { drainMs },
    );
    const reading = own.client.watch(request, {});
    await reading.next();
    await own.close();
    await expect(all(reading)).rejects.toMatchObject({ name: "AppError" });
  });
});

test("an error after the end of a stream is logged where it is ours", async () => {
  const lines: string[] = [];
  const own = await serveStreams(
    async function* (_, call) {
      yield { orderId: "a" };
      await aborted(call.signal);
      throw new TypeError("in the clean-up");
    },
    { log: pino({ level: "info" }, { write: (line: string) => lines.push(line) }) },
  );
  for await (const _ of own.client.watch(request, {})) break;
  await eventually(() => expect(lines.join()).toContain("in the clean-up"));
  await own.close();
});

test("a connection that breaks ends a stream with UNAVAILABLE", async () => {
  const { handle: wait, told } = waiting();
  const own = await serveStreams(wait);
  const cut = await proxyTo(own.server.port);
  const reading = own.connect({ address: `127.0.0.1:${cut.port}` }).watch(request, { timeoutMs: 10_000 });
  await reading.next();
  const end = expect(reading.next()).rejects.toMatchObject({ code: "UNAVAILABLE" });
  cut.close();
  await end;
  await expect(told).resolves.toMatchObject({ code: "CANCELLED" });
  await own.close();
});
