import { Server, ServerCredentials, type ServerWritableStream, status } from "@grpc/grpc-js";
import { BatchServiceService } from "@shop/protos/gen/shop/batch/v1/batch";
import { eventually } from "@shop/testkit/eventually";
import { type Echo, type EchoHarness, echoes, serveEchoes } from "../test/_grpc-batch.ts";
import { type CuttableProxy, proxyTo } from "../test/_proxy.ts";
import { AppError } from "./errors.ts";
import type { Call } from "./grpc-server.ts";
import { createGuard } from "./resilience.ts";

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

/** A call that ends when the test says so. */
function held() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { promise, release: resolve };
}

describe("a call that is given up", () => {
  it("ends alone, at its deadline or by its signal, and its handler learns of its deadline", async () => {
    const reasons = new Map<string, unknown>();
    const go = held();
    handle = async (req, call) => {
      call.signal.addEventListener("abort", () => reasons.set(req.orderId, call.signal.reason));
      if (req.orderId !== "fast") await go.promise;
      return req;
    };
    // A deadline that ran while the connection is made could be over before the handler is called.
    await harness.client.echo({ orderId: "fast" }, options);
    const controller = new AbortController();
    const late = harness.client.echo({ orderId: "late" }, { timeoutMs: 300 }).catch((err: unknown) => err);
    const cancelled = harness.client
      .echo({ orderId: "cancelled" }, { ...options, signal: controller.signal })
      .catch((err: unknown) => err);
    const patient = harness.client.echo({ orderId: "patient" }, options);
    await harness.client.echo({ orderId: "fast" }, options);
    controller.abort(new AppError("OVERLOADED", "enough"));
    expect(await cancelled).toMatchObject({ code: "OVERLOADED", message: "enough" });
    expect(await late).toMatchObject({ code: "DEADLINE_EXCEEDED" });
    await eventually(() => expect(reasons.get("late")).toMatchObject({ code: "DEADLINE_EXCEEDED" }));
    go.release();
    await expect(patient).resolves.toEqual({ orderId: "patient" });
    expect(reasons.has("patient")).toBe(false);
    expect(await harness.count("Echo", "DEADLINE_EXCEEDED")).toBe(1);
  });

  it("ends its batch where it was the last, and every handler is told", async () => {
    const calls: Call[] = [];
    handle = async (req, call) => {
      calls.push(call);
      await new Promise((resolve) => call.signal.addEventListener("abort", resolve));
      return req;
    };
    const controller = new AbortController();
    const { signal } = controller;
    const add = jest.spyOn(signal, "addEventListener");
    const remove = jest.spyOn(signal, "removeEventListener");
    const ends = Promise.allSettled(
      texts(30).map((orderId) => harness.client.echo({ orderId }, { ...options, signal })),
    );
    await eventually(() => expect(calls).toHaveLength(30));
    controller.abort();
    expect((await ends).every((end) => end.status === "rejected" && end.reason.code === "CANCELLED")).toBe(true);
    await eventually(() => expect(calls.every((call) => call.signal.aborted)).toBe(true));
    expect(remove.mock.calls).toEqual(add.mock.calls);
    await eventually(async () => expect(await harness.count("Echo", "CANCELLED")).toBe(30));
  });
});

describe("calls with deadlines of their own", () => {
  it("end each at its own", async () => {
    handle = async (req, call) => {
      await new Promise((resolve) => call.signal.addEventListener("abort", resolve));
      return req;
    };
    const controller = new AbortController();
    const patient = harness.client.echo({ orderId: "x" }, { ...options, signal: controller.signal });
    const others = [60, 20, 40].map((timeoutMs) => harness.client.echo({ orderId: "x" }, { timeoutMs }));
    for (const end of await Promise.allSettled(others))
      expect(end).toMatchObject({ reason: { code: "DEADLINE_EXCEEDED" } });
    controller.abort();
    await expect(patient).rejects.toMatchObject({ code: "CANCELLED" });
  });
});

describe("a batch that the server ends early", () => {
  let server: Server;

  afterEach(() => server.forceShutdown());

  /** Two calls to a server that answers the first, and then ends the batch with this code. */
  async function callsEndedWith(code: status) {
    server = new Server();
    const answer = { index: 0, outcome: { $case: "response", value: echoes.echo.responseSerialize({ orderId: "a" }) } };
    server.addService(BatchServiceService, {
      call(call: ServerWritableStream<unknown, unknown>) {
        call.write({ answers: [answer] }, () => call.emit("error", { code, details: "enough" }));
      },
    });
    const echo = jest.fn();
    server.register(echoes.echo.path, echo, echoes.echo.responseSerialize, echoes.echo.requestDeserialize, "unary");
    const port = await listen(server);
    const client = harness.connect({ address: `127.0.0.1:${port}` });
    const ends = await Promise.allSettled(["a", "b"].map((orderId) => client.echo({ orderId }, options)));
    return { ends, echo };
  }

  it.each([
    ["UNIMPLEMENTED", status.UNIMPLEMENTED, "UNAVAILABLE"],
    ["DEADLINE_EXCEEDED", status.DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED"],
    ["OK", status.OK, "UNAVAILABLE"],
    ["INTERNAL", status.INTERNAL, "UNAVAILABLE"],
  ])("with %s behind an answer leaves the others unknown, and sends none of them again", async (_, code, expected) => {
    const { ends, echo } = await callsEndedWith(code);
    expect(ends).toMatchObject([{ value: { orderId: "a" } }, { reason: { code: expected } }]);
    expect(echo).not.toHaveBeenCalled();
  });
});

test("a batch whose answers cannot be read leaves its calls unknown", async () => {
  const garbage = new Server();
  const same = (bytes: Buffer) => bytes;
  const answer = (call: ServerWritableStream<Buffer, Buffer>) => {
    call.write(Buffer.from([0x0a, 0xff]));
    call.once("cancelled", () => call.end());
  };
  garbage.register(BatchServiceService.call.path, answer, same, same, "serverStream");
  const port = await listen(garbage);
  const client = harness.connect({ address: `127.0.0.1:${port}` });
  const ends = await Promise.allSettled(["a", "b"].map((orderId) => client.echo({ orderId }, options)));
  for (const end of ends) expect(end).toMatchObject({ reason: { code: "UNAVAILABLE" } });
  garbage.forceShutdown();
});

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (err, bound) =>
      err ? reject(err) : resolve(bound),
    );
  });
}

describe("a batch that breaks", () => {
  let cut: CuttableProxy;
  let client: EchoHarness["client"];

  beforeEach(async () => {
    cut = await proxyTo(harness.server.port);
    client = harness.connect({ address: `127.0.0.1:${cut.port}` });
  });
  afterEach(() => cut.close());

  it("leaves UNAVAILABLE for what was not answered, as one failure", async () => {
    handle = async (req) => {
      if (req.orderId >= "call 3") await new Promise(() => {});
      return req;
    };
    const guard = createGuard({ target: "echoes", timeoutMs: 10_000, breaker: { failures: 2 } });
    const calls = texts(6).map((orderId) => guard.run((signal) => client.echo({ orderId }, { ...options, signal })));
    const ends = Promise.allSettled(calls);
    await Promise.all(calls.slice(0, 3));
    cut.close();
    const settled = await ends;
    const reasons = settled.flatMap((end) => (end.status === "rejected" ? [end.reason as AppError] : []));
    expect(reasons.map(({ code }) => code)).toEqual(["UNAVAILABLE", "UNAVAILABLE", "UNAVAILABLE"]);
    expect(new Set(reasons.map(({ cause }) => cause)).size).toBe(1);
    expect(guard.isOpen()).toBe(false);
    await expect(
      Promise.allSettled(["a", "b"].map((orderId) => guard.run(() => client.echo({ orderId }, options)))),
    ).resolves.toMatchObject([{ reason: { code: "UNAVAILABLE" } }, { reason: { code: "UNAVAILABLE" } }]);
    expect(guard.isOpen()).toBe(true);
    guard.close();
  });
});
