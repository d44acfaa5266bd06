import { type ClientHttp2Session, connect, type IncomingHttpHeaders, type Settings } from "node:http2";
import { cancelled, type Harness, paths, serve } from "../test/_grpc.ts";

const emptyMessage = Buffer.alloc(5);
let harness: Harness;
let session: ClientHttp2Session;

beforeAll(async () => {
  harness = await serve(async () => cancelled);
});
afterAll(() => harness.close());
beforeEach(() => {
  session = connect(`http://127.0.0.1:${harness.server.port}`, { maxSendHeaderBlockLength: 1_000_000 });
  session.on("error", () => undefined); // The stream tells the same error.
});
afterEach(() => session.destroy());

/** The gRPC status of a call with this metadata. */
function call(metadata: Record<string, string>): Promise<unknown> {
  const headers = { ":method": "POST", ":path": paths.cancel, "content-type": "application/grpc", te: "trailers" };
  return new Promise((resolve, reject) => {
    const stream = session.request({ ...headers, ...metadata });
    stream.on("trailers", (trailers: IncomingHttpHeaders) => resolve(trailers["grpc-status"]));
    stream.on("error", reject);
    stream.resume();
    stream.end(emptyMessage);
  });
}

function entries(count: number, length: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`x-${index}`, "~".repeat(length)]));
}

test("tells a caller how many calls one connection may carry at once", async () => {
  const settings = await new Promise<Settings>((resolve) => session.once("remoteSettings", resolve));
  expect(settings.maxConcurrentStreams).toBe(2000);
});

test("takes metadata of a usual size", async () => {
  await expect(call(entries(50, 100))).resolves.toBe("0");
});

test.each([
  ["of too many entries", 200, 1],
  ["that is too large", 10, 30_000],
])("refuses metadata %s", async (_, count, length) => {
  await expect(call(entries(count, length))).rejects.toThrow(/NGHTTP2|closed/);
});

test("gives calls under way 30 s to end when their connection is replaced", async () => {
  const own = await serve(async () => cancelled, { maxConnectionAgeMs: 777_000 });
  const { setTimeout } = globalThis;
  const started = Promise.withResolvers<() => void>();
  const timer = jest.spyOn(globalThis, "setTimeout").mockImplementation(((fn: () => void, delayMs = 0) => {
    // The age varies by a tenth, so that not all connections are replaced at once.
    if (delayMs > 600_000) started.resolve(fn);
    return setTimeout(fn, delayMs);
  }) as typeof setTimeout);
  try {
    await own.client.cancelShipment({ orderId: "" }, { timeoutMs: 5000 });
    const replace = await started.promise;
    timer.mockClear();
    replace();
    expect(timer.mock.calls.map(([, delayMs]) => delayMs)).toEqual([30_000]);
  } finally {
    timer.mockRestore();
    await own.close();
  }
});
