import { setTimeout as delay } from "node:timers/promises";
import { Client, credentials, type ServiceError, status } from "@grpc/grpc-js";
import { loadSync, type ServiceDefinition } from "@grpc/proto-loader";
import { protoFile, protoIncludeDirs } from "@shop/protos/root";
import { protoPath as healthProto } from "grpc-health-check";
import pino from "pino";
import { type Cancel, cancelled, type Harness, paths, serve } from "../test/_grpc.ts";
import { audience, issuer, userId } from "../test/_tokens.ts";
import { createTokenVerifier } from "./auth.ts";
import { currentCorrelation } from "./correlation.ts";
import { AppError, validationFailed } from "./errors.ts";
import { type Call, createGrpcServer } from "./grpc-server.ts";
import { fromGrpcStatus } from "./grpc-status.ts";
import { silentLog } from "./logging.ts";
import { createMetrics } from "./metrics.ts";

const orderId = "01900000-0000-7000-8000-000000000001";
const request = { orderId };
const options = { timeoutMs: 5000 };
let harness: Harness;
let handle: Cancel["handle"];

beforeAll(async () => {
  harness = await serve((req, call) => handle(req, call));
});
afterAll(() => harness.close());
beforeEach(() => {
  handle = async () => cancelled;
});

/** What a handler of CancelShipment is given when it is called with these options. */
async function callSeenBy(send: Promise<unknown>, seen: { call?: Call }): Promise<Call> {
  await send;
  if (seen.call === undefined) throw new Error("The handler was not called.");
  return seen.call;
}

describe("an RPC", () => {
  it("answers with what its handler answers", async () => {
    await expect(harness.client.cancelShipment(request, options)).resolves.toEqual(cancelled);
  });

  it("knows the caller's metadata, correlation and deadline", async () => {
    const seen: { call?: Call; correlation?: unknown; remainingMs?: number } = {};
    handle = async (_, call) => {
      Object.assign(seen, { call, correlation: currentCorrelation(), remainingMs: call.remainingMs() });
      return cancelled;
    };
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const metadata = { "x-correlation-id": "abc-1", traceparent, "x-user-id": userId };
    const call = await callSeenBy(harness.client.cancelShipment(request, { ...options, metadata }), seen);
    expect(call.correlationId).toBe("abc-1");
    expect(seen.correlation).toEqual({ correlationId: "abc-1", traceparent });
    expect(seen.remainingMs).toBeGreaterThan(4000);
    expect(seen.remainingMs).toBeLessThanOrEqual(5000);
    expect(call.caller).toEqual({ kind: "anonymous" });
    expect(call.onBehalfOf).toBeUndefined();
  });

  it("sends its response metadata with the answer and with an error", async () => {
    const read: Record<string, string | undefined> = {};
    handle = async (_, call) => {
      call.sendMetadata("idempotency-replayed", "true");
      return cancelled;
    };
    await harness.client.cancelShipment(request, {
      ...options,
      onMetadata: (value) => {
        read.replayed = value("idempotency-replayed");
      },
    });
    expect(read.replayed).toBe("true");
    handle = async (_, call) => {
      call.sendMetadata("retry-hint", "no");
      throw new AppError("OVERLOADED", "Later.", { retryAfterMs: 100 });
    };
    const err = await harness.raw(paths.cancel, Buffer.alloc(0)).catch((reason: ServiceError) => reason);
    expect(err).toMatchObject({ code: status.RESOURCE_EXHAUSTED });
    expect((err as ServiceError).metadata.get("retry-hint")).toEqual(["no"]);
  });

  it("answers an AppError with its code, reason and violations", async () => {
    handle = async () => {
      throw validationFailed([{ field: "order_id", message: "must be a UUID" }]);
    };
    await expect(harness.client.cancelShipment(request, options)).rejects.toMatchObject({
      code: "VALIDATION_FAILED",
      violations: [{ field: "order_id", message: "must be a UUID" }],
    });
    handle = async () => {
      throw new AppError("FAILED_PRECONDITION", "Cancelled before.", { reason: "UNDONE" });
    };
    await expect(harness.client.cancelShipment(request, options)).rejects.toMatchObject({
      code: "FAILED_PRECONDITION",
      reason: "UNDONE",
    });
  });

  it("tells nothing of an unexpected error, and logs its cause", async () => {
    const lines: string[] = [];
    const log = pino({ level: "info" }, { write: (line: string) => lines.push(line) });
    const noisy = await serve(
      async () => {
        throw new TypeError("the password is swordfish");
      },
      { log },
    );
    const err = await noisy.raw(paths.cancel, Buffer.alloc(0)).catch((reason: unknown) => reason);
    await noisy.close();
    expect(err).toMatchObject({ code: status.INTERNAL, details: "Something went wrong on our side." });
    expect(JSON.stringify(fromGrpcStatus(err as never).message)).not.toContain("swordfish");
    expect(lines.join()).toContain("swordfish");
    expect(lines.join()).toContain(paths.cancel.slice(1));
  });

  it("survives a handler that throws before it awaits, throws nonsense or answers nonsense", async () => {
    handle = () => {
      throw new Error("at once");
    };
    await expect(harness.client.cancelShipment(request, options)).rejects.toMatchObject({ code: "INTERNAL" });
    handle = async () => {
      throw new AppError("OVERLOADED", "Later.", { retryAfterMs: Number.NaN });
    };
    await expect(harness.client.cancelShipment(request, options)).rejects.toMatchObject({ code: "INTERNAL" });
    handle = async () => ({ status: "nonsense" }) as never;
    await expect(harness.client.cancelShipment(request, options)).rejects.toMatchObject({ code: "INTERNAL" });
    handle = async () => cancelled;
    await expect(harness.client.cancelShipment(request, options)).resolves.toEqual(cancelled);
  });

  it("aborts its signal at the deadline", async () => {
    const aborted = Promise.withResolvers<unknown>();
    handle = (_, call) =>
      new Promise((_resolve, reject) => {
        call.signal.addEventListener("abort", () => {
          aborted.resolve(call.signal.reason);
          reject(call.signal.reason);
        });
      });
    const send = harness.client.cancelShipment(request, { timeoutMs: 50 });
    await expect(send).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
    await expect(aborted.promise).resolves.toMatchObject({ code: "DEADLINE_EXCEEDED" });
  });

  it("aborts its signal when the caller cancels", async () => {
    const started = Promise.withResolvers<void>();
    const aborted = Promise.withResolvers<unknown>();
    handle = async (_, call) => {
      call.signal.addEventListener("abort", () => aborted.resolve(call.signal.reason));
      started.resolve();
      await aborted.promise;
      return cancelled;
    };
    const controller = new AbortController();
    const send = expect(
      harness.client.cancelShipment(request, { ...options, signal: controller.signal }),
    ).rejects.toMatchObject({ code: "CANCELLED" });
    await started.promise;
    controller.abort();
    await send;
    await expect(aborted.promise).resolves.toMatchObject({ code: "CANCELLED" });
  });

  it("leaves its signal alone once it has answered", async () => {
    let signal: AbortSignal | undefined;
    handle = async (_, call) => {
      signal = call.signal;
      return cancelled;
    };
    await harness.client.cancelShipment(request, options);
    await harness.client.cancelShipment(request, options);
    expect(signal?.aborted).toBe(false);
  });

  it("measures each call by method and code", async () => {
    await harness.client.cancelShipment(request, options);
    const text = await harness.metrics.registry.metrics();
    expect(text).toMatch(
      /rpc_server_duration_seconds_count\{[^}]*method="shop\.shipping\.v1\.ShippingService\/CancelShipment",code="OK"[^}]*\} [1-9]/,
    );
    expect(text).toContain('code="INTERNAL"');
    expect(text).toContain('code="DEADLINE_EXCEEDED"');
    expect(text).toContain('code="CANCELLED"');
  });
});

describe("the server", () => {
  const health = loadSync(healthProto)["grpc.health.v1.Health"] as ServiceDefinition;

  function watchHealth(port: number, service: string) {
    const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
    const watch = health.Watch;
    if (watch === undefined) throw new Error("The health service has no Watch.");
    const stream = client.makeServerStreamRequest(watch.path, watch.requestSerialize, watch.responseDeserialize, {
      service,
    });
    const states: unknown[] = [];
    stream.on("data", (message: { status: unknown }) => states.push(message.status));
    const ended = new Promise<void>((resolve) => stream.on("error", () => resolve()).on("end", () => resolve()));
    return { states, ended, close: () => client.close() };
  }

  it("reports its health, and NOT_SERVING when it drains", async () => {
    // The watch of its health, which never ends, would hold it up for longer than this test may take.
    const own = await serve(async () => cancelled, { drainMs: 60_000 });
    const watch = watchHealth(own.server.port, "shop.shipping.v1.ShippingService");
    while (watch.states.length === 0) await delay(5);
    await own.close();
    await watch.ended;
    watch.close();
    expect(watch.states).toEqual([1, 2]);
  });

  it("lets calls under way end when it closes", async () => {
    const started = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    const own = await serve(async () => {
      started.resolve();
      await go.promise;
      return cancelled;
    });
    const send = own.client.cancelShipment(request, options);
    await started.promise;
    const closing = own.server.close();
    go.resolve();
    await expect(send).resolves.toEqual(cancelled);
    await closing;
    await expect(own.client.cancelShipment(request, options)).rejects.toMatchObject({ code: "UNAVAILABLE" });
    await own.close();
  });

  it("breaks off what is not done within the drain time", async () => {
    const started = Promise.withResolvers<void>();
    const aborted = Promise.withResolvers<unknown>();
    const own = await serve(
      async (_, call) => {
        call.signal.addEventListener("abort", () => aborted.resolve(undefined));
        started.resolve();
        await aborted.promise;
        return cancelled;
      },
      { drainMs: 50 },
    );
    const send = expect(own.client.cancelShipment(request, options)).rejects.toMatchObject({ name: "AppError" });
    await started.promise;
    await own.server.close();
    await send;
    await aborted.promise;
    await own.close();
  });

  it("lists its services by reflection", async () => {
    const own = await serve(async () => cancelled);
    const list = Buffer.from([0x3a, 0x01, 0x2a]); // list_services: "*"
    const client = new Client(`127.0.0.1:${own.server.port}`, credentials.createInsecure());
    const same = (bytes: Buffer) => bytes;
    const stream = client.makeBidiStreamRequest(
      "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
      same,
      same,
    );
    const answer = await new Promise<Buffer>((resolve, reject) => {
      stream.on("data", resolve).on("error", reject);
      stream.write(list);
      stream.end();
    });
    client.close();
    await own.close();
    expect(answer.toString()).toContain("shop.shipping.v1.ShippingService");
    expect(answer.toString()).toContain("grpc.health.v1.Health");
  });

  it("says which address it cannot listen on", async () => {
    await expect(serve(async () => cancelled, { port: harness.server.port })).rejects.toThrow(
      `Cannot listen on 127.0.0.1:${harness.server.port}.`,
    );
  });

  it("takes a definition that was loaded at run time", async () => {
    const loaded = loadSync(protoFile("shop/shipping/v1/shipping.proto"), {
      includeDirs: [...protoIncludeDirs],
      enums: String,
    });
    const server = createGrpcServer({
      host: "127.0.0.1",
      port: 0,
      log: silentLog(),
      metrics: createMetrics("test"),
      verifier: createTokenVerifier({ keys: [], issuer, audience }),
    });
    const rpc = { access: "anyone", handle: async () => ({ status: "SHIPMENT_STATUS_CANCELLED" }) } as const;
    server.addService(loaded["shop.shipping.v1.ShippingService"] as ServiceDefinition, {
      ScheduleShipment: rpc,
      CancelShipment: rpc,
      GetShipment: rpc,
    });
    await server.start();
    const client = harness.connect({ address: `127.0.0.1:${server.port}` });
    await expect(client.cancelShipment(request, options)).resolves.toEqual(cancelled);
    await server.close();
  });
});
