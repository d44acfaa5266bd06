import { key } from "../test/_grpc.ts";
import { aborted, all, type StreamHarness, serveStreams, type Watch } from "../test/_grpc-stream.ts";
import { AppError } from "./errors.ts";
import type { ServiceTokens } from "./service-tokens.ts";

const request = { orderId: "one" };
let harness: StreamHarness;
let handle: Watch["handle"];
let calls: number;

beforeAll(async () => {
  harness = await serveStreams((req, call) => {
    calls += 1;
    return handle(req, call);
  });
});
afterAll(() => harness.close());
beforeEach(() => {
  calls = 0;
  handle = async function* () {
    yield { orderId: "a" };
  };
});

function tokens(...values: string[]): ServiceTokens & { renewed: unknown[] } {
  let turn = 0;
  const renewed: unknown[] = [];
  return {
    renewed,
    get: async () => values[turn] ?? "",
    renew(refused) {
      renewed.push(refused);
      turn = Math.min(turn + 1, values.length - 1);
    },
    close: async () => {},
  };
}

describe("a client's stream", () => {
  it("is sent with the service's own token, renewed once where it is refused", async () => {
    const token = tokens("stale", key.serviceToken("shipping"));
    const client = harness.connect({ token });
    await expect(all(client.watchAsService(request, {}))).resolves.toEqual(["a"]);
    expect(token.renewed).toEqual(["stale"]);
    const stale = tokens("stale", "staler", "stalest");
    await expect(all(harness.connect({ token: stale }).watchAsService(request, {}))).rejects.toMatchObject({
      code: "UNAUTHENTICATED",
    });
    expect(stale.renewed).toEqual(["stale"]);
  });

  it("is not begun anew once it has given something", async () => {
    handle = async function* () {
      yield { orderId: "a" };
      throw new AppError("UNAUTHENTICATED", "No more.");
    };
    const token = tokens(key.serviceToken("shipping"), "other");
    const client = harness.connect({ token });
    await expect(all(client.watchAsService(request, {}))).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
    expect(token.renewed).toEqual([]);
    expect(calls).toBe(1);
  });

  it("begins when its first message is asked for", async () => {
    const reading = harness.client.watch(request, {});
    await reading.return();
    await expect(all(reading)).resolves.toEqual([]);
    expect(calls).toBe(0);
  });

  it("is not sent where it is cancelled already, and tells the caller's own reason", async () => {
    const reason = new AppError("OVERLOADED", "enough");
    await expect(all(harness.client.watch(request, { signal: AbortSignal.abort(reason) }))).rejects.toBe(reason);
    expect(calls).toBe(0);
  });

  it.each([
    ["that is a time-out", new DOMException("no answer", "TimeoutError"), { code: "DEADLINE_EXCEEDED" }],
    ["that says nothing", undefined, { code: "CANCELLED" }],
    ["of its own", new AppError("OVERLOADED", "enough"), { code: "OVERLOADED", message: "enough" }],
  ])("ends while it waits, for a reason %s, and leaves no listener", async (_, reason, expected) => {
    const controller = new AbortController();
    const { signal } = controller;
    const add = jest.spyOn(signal, "addEventListener");
    const remove = jest.spyOn(signal, "removeEventListener");
    handle = async function* (__, call) {
      yield { orderId: "a" };
      controller.abort(reason);
      await aborted(call.signal);
    };
    await expect(all(harness.client.watch(request, { signal }))).rejects.toMatchObject(expected);
    expect(remove.mock.calls).toEqual(add.mock.calls);
  });

  it("ends at its deadline", async () => {
    handle = async function* (_, call) {
      yield { orderId: "a" };
      await aborted(call.signal);
    };
    await expect(all(harness.client.watch(request, { timeoutMs: 50 }))).rejects.toMatchObject({
      code: "DEADLINE_EXCEEDED",
    });
  });

  it("is UNAVAILABLE where nobody listens, and once its client is closed", async () => {
    const own = await serveStreams((req, call) => handle(req, call));
    await own.server.close();
    await expect(all(own.client.watch(request, {}))).rejects.toMatchObject({ code: "UNAVAILABLE" });
    await own.close();
    await expect(all(own.client.watch(request, {}))).rejects.toMatchObject({ code: "UNAVAILABLE" });
  });

  it("refuses metadata that cannot be sent as a fault of the caller's", async () => {
    await expect(all(harness.client.watch(request, { userId: "älice" }))).rejects.toMatchObject({
      code: "VALIDATION_FAILED",
    });
  });
});
