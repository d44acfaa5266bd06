import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from "node:http2";
import { connect as connectTcp, type Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { eventually } from "@shop/testkit/eventually";
import {
  callHeaders,
  DATA,
  END_HEADERS,
  END_STREAM,
  HEADERS,
  http2Frame,
  preface,
  RST_STREAM,
  settings,
  uint32,
} from "@shop/testkit/http2-frames";
import { cancelled, type Harness, paths, serve } from "../test/_grpc.ts";

const noMessage = Buffer.alloc(5);
let harness: Harness;
let handled = 0;
const opened: { destroy(): void }[] = [];

beforeAll(async () => {
  const cancel = async () => {
    handled += 1;
    return cancelled;
  };
  harness = await serve(cancel, { patienceMs: 200, maxConnections: 5 });
});
afterEach(() => {
  for (const one of opened.splice(0)) one.destroy();
});
afterAll(() => harness.close());

test.each([
  ["an unknown method", callHeaders("/unknown/Method")],
  ["another content type", callHeaders(paths.cancel, { "content-type": "text/plain" })],
  ["a time limit that is none", callHeaders(paths.cancel, { "grpc-timeout": "x" })],
])("goes on when streams of %s are reset in the packet that opens them", async (_, headers) => {
  const socket = dial();
  const streams = Array.from({ length: 50 }, (_, index) => [
    http2Frame(HEADERS, END_HEADERS, 2 * index + 1, headers),
    http2Frame(RST_STREAM, 0, 2 * index + 1, uint32(8)),
  ]);
  socket.write(Buffer.concat([preface, settings([]), ...streams.flat()]));
  await expect(harness.client.cancelShipment({ orderId: "" }, { timeoutMs: 5000 })).resolves.toEqual(cancelled);
});

test("does nothing for calls that are reset in the packet that makes them", async () => {
  const socket = dial();
  const streams = Array.from({ length: 50 }, (_, index) => [
    http2Frame(HEADERS, END_HEADERS, 2 * index + 1, callHeaders(paths.cancel)),
    http2Frame(DATA, END_STREAM, 2 * index + 1, noMessage),
    http2Frame(RST_STREAM, 0, 2 * index + 1, uint32(8)),
  ]);
  handled = 0;
  socket.write(Buffer.concat([preface, settings([]), ...streams.flat()]));
  await harness.client.cancelShipment({ orderId: "" }, { timeoutMs: 5000 });
  await harness.client.cancelShipment({ orderId: "" }, { timeoutMs: 5000 });
  expect(handled).toBe(2);
});

test.each([
  ["a body that is not compressed as it says", { "grpc-encoding": "gzip" }, framed(Buffer.from("no gzip"), 1)],
  ["a body that is cut in its compression", { "grpc-encoding": "gzip" }, framed(gzipSync("text").subarray(0, 9), 1)],
  ["a time limit that is none", { "grpc-timeout": "soon" }, noMessage],
])("blames the caller for %s", async (_, headers, body) => {
  await expect(call(paths.cancel, headers, body)).resolves.toBe("3");
});

test("blames the caller for a health check that is no message", async () => {
  await expect(call("/grpc.health.v1.Health/Check", {}, framed(Buffer.from([0xff])))).resolves.toBe("3");
});

test.each([
  ["letters that take two bytes", "é".repeat(500_000)],
  ["pairs of surrogates", "👩".repeat(1000)],
  ["pairs of surrogates, cut elsewhere", `a${"👩".repeat(1000)}`],
])("answers a health check of a name of %s that would not fit into a header", async (_, name) => {
  const message = bytesField(1, Buffer.from(name));
  await expect(call("/grpc.health.v1.Health/Check", {}, framed(message))).resolves.toBe("5");
});

test.each([
  ["that is larger than its limit", {}, framed(Buffer.alloc(0), 0, 2 ** 21)],
  ["that grows beyond its limit", { "grpc-encoding": "gzip" }, framed(gzipSync(Buffer.alloc(2 ** 24)), 1)],
])("refuses a message %s", async (_, headers, body) => {
  const entries = await answer(paths.cancel, headers, body);
  expect(entries).toMatchObject({ "grpc-status": "8", "grpc-message": "The request is larger than 1 MiB." });
});

test("resets a request that does not arrive in its time", async () => {
  const stream = request(paths.cancel, {});
  stream.write(framed(Buffer.from("the beginning"), 0, 1000));
  await expect(new Promise((resolve) => stream.once("close", () => resolve(stream.rstCode)))).resolves.toBe(8);
});

test("resets an answer that is not taken in its time", async () => {
  const socket = dial();
  const closed = new Promise<Buffer>((resolve) => {
    let received = Buffer.alloc(0);
    socket.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      const reset = http2Frame(RST_STREAM, 0, 1, uint32(8));
      if (received.includes(reset)) resolve(reset);
    });
  });
  // No window: headers may be sent, but no byte of the message.
  socket.write(Buffer.concat([preface, settings([[4, 0]])]));
  socket.write(http2Frame(HEADERS, END_HEADERS, 1, callHeaders(paths.cancel)));
  socket.write(http2Frame(DATA, END_STREAM, 1, noMessage));
  await closed;
});

test("resets the oldest of the requests that do not arrive where there are too many", async () => {
  const own = await serve(async () => cancelled, { patienceMs: 2000, mostStalled: 3 });
  const session = connect(`http://127.0.0.1:${own.server.port}`);
  session.on("error", () => undefined); // The streams tell the same error.
  opened.push(session);
  const order: number[] = [];
  for (let index = 0; index < 5; index += 1) {
    const stream = request(paths.cancel, {}, session);
    stream.once("close", () => order.push(index));
    stream.write(framed(Buffer.alloc(1), 0, 10));
  }
  await eventually(() => order.length >= 2);
  expect([...order].slice(0, 2).sort()).toEqual([0, 1]);
  session.destroy();
  await own.close();
});

test("closes connections beyond its number as they come", async () => {
  const sockets = Array.from({ length: 10 }, dial);
  await eventually(() => sockets.filter((socket) => socket.destroyed).length >= 5);
  expect(sockets.filter((socket) => !socket.destroyed).length).toBeGreaterThan(0);
});

function dial(): Socket {
  const socket = connectTcp({ host: "127.0.0.1", port: harness.server.port });
  socket.on("error", () => socket.destroy());
  socket.on("end", () => socket.destroy());
  socket.resume();
  opened.push(socket);
  return socket;
}

function openSession(): ClientHttp2Session {
  const session = connect(`http://127.0.0.1:${harness.server.port}`);
  session.on("error", () => undefined); // The stream tells the same error.
  opened.push(session);
  return session;
}

function request(path: string, headers: Record<string, string>, session = openSession()) {
  const stream = session.request({
    ":method": "POST",
    ":path": path,
    "content-type": "application/grpc",
    te: "trailers",
    ...headers,
  });
  stream.on("error", () => undefined); // The reset is what the test waits for.
  return stream;
}

/** The gRPC status of a call with this body. */
async function call(path: string, headers: Record<string, string>, body: Buffer): Promise<unknown> {
  return (await answer(path, headers, body))["grpc-status"];
}

/** The headers or trailers that a call with this body ends with. */
function answer(path: string, headers: Record<string, string>, body: Buffer): Promise<Record<string, unknown>> {
  const stream = request(path, headers);
  return new Promise((resolve) => {
    const note = (entries: IncomingHttpHeaders) => {
      if (entries["grpc-status"] !== undefined) resolve(withMessage(entries));
    };
    stream.on("response", note);
    stream.on("trailers", note);
    stream.once("close", () => resolve({}));
    stream.resume();
    stream.end(body);
  });
}

function withMessage(entries: IncomingHttpHeaders): Record<string, unknown> {
  return { ...entries, "grpc-message": decodeURIComponent(String(entries["grpc-message"] ?? "")) };
}

function bytesField(field: number, value: Buffer): Buffer {
  const length: number[] = [];
  for (let rest = value.length; rest > 0; rest >>= 7) length.push(rest > 127 ? (rest & 127) | 128 : rest);
  return Buffer.concat([Buffer.from([field * 8 + 2, ...length]), value]);
}

function framed(message: Buffer, flag = 0, length = message.length): Buffer {
  const frame = Buffer.alloc(5 + message.length);
  frame.writeUInt8(flag, 0);
  frame.writeUInt32BE(length, 1);
  frame.set(message, 5);
  return frame;
}
