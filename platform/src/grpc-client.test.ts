import { type Cancel, cancelled, definition, type Harness, key, serve } from "../test/_grpc.ts";
import { runWithCorrelation } from "./correlation.ts";
import { AppError } from "./errors.ts";
import { createRpcClient } from "./grpc-client.ts";
import type { Call } from "./grpc-server.ts";
import type { ServiceTokens } from "./service-tokens.ts";

const request = { orderId: "01900000-0000-7000-8000-000000000001" };
const shipment = { ...request, userId: "", address: undefined, lines: [] };
const options = { timeoutMs: 5000 };
let harness: Harness;
let handle: Cancel["handle"];

beforeAll(async () => {
  harness = await serve((req, call) => handle(req, call));
});
afterAll(() => harness.close());

/** Tokens handed out in turn, the last one again and again. */
function tokensInTurn(...values: string[]): ServiceTokens & { renewed: unknown[] } {
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

describe("createRpcClient", () => {
  it("passes on correlation, user, key and further metadata", async () => {
    const seen: Record<string, string | undefined> = {};
    handle = async (_, call: Call) => {
      for (const name of [
        "x-correlation-id",
        "traceparent",
        "x-user-id",
        "idempotency-key",
        "extra",
        "authorization",
      ]) {
        seen[name] = call.metadata(name);
      }
      return cancelled;
    };
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    await runWithCorrelation({ correlationId: "abc", traceparent }, () =>
      harness.client.cancelShipment(request, {
        ...options,
        userId: "me",
        idempotencyKey: "once",
        authorization: "Bearer mine",
        metadata: { extra: "more" },
      }),
    );
    expect(seen).toEqual({
      "x-correlation-id": "abc",
      traceparent,
      "x-user-id": "me",
      "idempotency-key": "once",
      extra: "more",
      authorization: "Bearer mine",
    });
  });

  it("sends the service's own token", async () => {
    const token = tokensInTurn(key.serviceToken("shipping"));
    const client = harness.connect({ token });
    await expect(client.scheduleShipment(shipment, options)).resolves.toEqual({ outcome: undefined });
    expect(token.renewed).toEqual([]);
  });

  it("renews a refused token once and repeats the call", async () => {
    const token = tokensInTurn("stale", key.serviceToken("shipping"));
    const client = harness.connect({ token });
    await expect(client.scheduleShipment(shipment, options)).resolves.toEqual({ outcome: undefined });
    expect(token.renewed).toEqual(["stale"]);
  });

  it("gives up where the renewed token is refused too, or there is no other", async () => {
    const twice = tokensInTurn("stale", "staler", "stalest");
    await expect(harness.connect({ token: twice }).scheduleShipment(shipment, options)).rejects.toMatchObject({
      code: "UNAUTHENTICATED",
    });
    expect(twice.renewed).toEqual(["stale"]);
    const only = tokensInTurn("stale");
    await expect(harness.connect({ token: only }).scheduleShipment(shipment, options)).rejects.toMatchObject({
      code: "UNAUTHENTICATED",
    });
  });

  it("does not renew for an authorization that the call brought", async () => {
    const token = tokensInTurn(key.serviceToken("shipping"));
    const call = harness.connect({ token }).scheduleShipment(shipment, { ...options, authorization: "Bearer user" });
    await expect(call).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
    expect(token.renewed).toEqual([]);
  });

  const noTokenYet: ServiceTokens = { get: () => new Promise(() => {}), renew() {}, close: async () => {} };

  it("waits for a token no longer than the call may take", async () => {
    const call = harness.connect({ token: noTokenYet }).scheduleShipment(shipment, { timeoutMs: 30 });
    await expect(call).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
  });

  it("stops waiting for a token when the call is cancelled, and takes its listener off", async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const add = jest.spyOn(signal, "addEventListener");
    const remove = jest.spyOn(signal, "removeEventListener");
    const client = harness.connect({ token: noTokenYet });
    const call = expect(client.scheduleShipment(shipment, { ...options, signal })).rejects.toMatchObject({
      code: "CANCELLED",
    });
    controller.abort();
    await call;
    expect(add).toHaveBeenCalledTimes(1);
    expect(remove.mock.calls).toEqual(add.mock.calls);
    const get = jest.spyOn(noTokenYet, "get");
    await expect(client.scheduleShipment(shipment, { ...options, signal })).rejects.toMatchObject({
      code: "CANCELLED",
    });
    expect(get).not.toHaveBeenCalled();
  });

  it("sets no timer for a token that is at hand", async () => {
    const value = key.serviceToken("shipping");
    const client = harness.connect({ token: { ...noTokenYet, get: () => value } });
    const timer = jest.spyOn(globalThis, "setTimeout");
    const call = client.scheduleShipment(shipment, options);
    const timers = timer.mock.calls.map(([, delayMs]) => delayMs);
    timer.mockRestore();
    await expect(call).resolves.toEqual({ outcome: undefined });
    expect(timers).toEqual([]);
  });

  it.each([
    ["a value that is not ASCII", { userId: "älice" }, "x-user-id"],
    ["a control character", { idempotencyKey: "a\nb" }, "idempotency-key"],
    ["a name that cannot be one", { metadata: { "a b": "c" } }, "a b"],
    ["text for a binary entry", { metadata: { "a-bin": "c" } }, "a-bin"],
  ])("refuses %s as a fault of the caller's, without showing it", async (_, entry, field) => {
    const call = harness.client.cancelShipment(request, { ...options, ...entry });
    const message = "must be fit for metadata: a plain name and printable ASCII text";
    const err = await call.catch((reason: unknown) => reason);
    expect(err).toMatchObject({ code: "VALIDATION_FAILED", violations: [{ field, message }] });
    expect(err).not.toHaveProperty("cause");
  });

  it("never repeats a call that reached its handler", async () => {
    let calls = 0;
    handle = async () => {
      calls += 1;
      throw new AppError("UNAVAILABLE", "Not now.");
    };
    await expect(harness.client.cancelShipment(request, options)).rejects.toMatchObject({ code: "UNAVAILABLE" });
    expect(calls).toBe(1);
  });

  it("is UNAVAILABLE at once where nobody listens", async () => {
    const own = await serve(async () => cancelled);
    await own.server.close();
    const client = harness.connect({ address: `127.0.0.1:${own.server.port}` });
    await expect(client.cancelShipment(request, options)).rejects.toMatchObject({ code: "UNAVAILABLE" });
    await own.close();
  });

  it("finds a target that comes back", async () => {
    const first = await serve(async () => cancelled);
    const client = harness.connect({ address: `127.0.0.1:${first.server.port}` });
    await client.cancelShipment(request, options);
    await first.close();
    const second = await serve(async () => cancelled, { port: first.server.port });
    const limit = Date.now() + 5000;
    let answer: unknown;
    while (answer === undefined && Date.now() < limit) {
      answer = await client.cancelShipment(request, options).catch(() => undefined);
    }
    await second.close();
    expect(answer).toEqual(cancelled);
  });

  it("does not send a call that is cancelled already, and tells the caller's own reason", async () => {
    let calls = 0;
    handle = async () => {
      calls += 1;
      return cancelled;
    };
    const reason = new AppError("DEADLINE_EXCEEDED", "Too late.");
    await expect(
      harness.client.cancelShipment(request, { ...options, signal: AbortSignal.abort(reason) }),
    ).rejects.toBe(reason);
    expect(calls).toBe(0);
  });

  it.each([
    ["that is a time-out", new DOMException("no answer", "TimeoutError"), { code: "DEADLINE_EXCEEDED" }],
    ["that says nothing", undefined, { code: "CANCELLED" }],
    ["of its own", new AppError("OVERLOADED", "enough"), { code: "OVERLOADED", message: "enough" }],
  ])("ends a call under way for a reason %s", async (_, reason, expected) => {
    const controller = new AbortController();
    handle = async (__, call) => {
      controller.abort(reason);
      await new Promise((resolve) => call.signal.addEventListener("abort", resolve));
      return cancelled;
    };
    const call = harness.client.cancelShipment(request, { ...options, signal: controller.signal });
    await expect(call).rejects.toMatchObject(expected);
  });

  it("is UNAVAILABLE once it is closed", async () => {
    const client = harness.connect();
    client.close();
    await expect(client.cancelShipment(request, options)).rejects.toMatchObject({ code: "UNAVAILABLE" });
  });

  it("tells a request that cannot be encoded, and an answer that cannot be read, from what the server says", async () => {
    handle = async () => cancelled;
    await expect(harness.client.cancelShipment(null as never, options)).rejects.toMatchObject({
      code: "INTERNAL",
      cause: expect.any(TypeError),
    });
    const method = { ...definition.cancelShipment, responseDeserialize: () => JSON.parse("{") };
    const client = createRpcClient({ cancelShipment: method }, { address: `127.0.0.1:${harness.server.port}` });
    await expect(client.cancelShipment(request, options)).rejects.toMatchObject({
      code: "INTERNAL",
      cause: { name: "SyntaxError" },
    });
    client.close();
  });

  it("leaves no listener on the caller's signal", async () => {
    handle = async () => cancelled;
    const { signal } = new AbortController();
    const add = jest.spyOn(signal, "addEventListener");
    const remove = jest.spyOn(signal, "removeEventListener");
    await harness.client.cancelShipment(request, { ...options, signal });
    expect(remove.mock.calls).toEqual(add.mock.calls);
  });
});
