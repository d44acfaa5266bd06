import { EventEmitter } from "node:events";
import type { Server } from "@grpc/grpc-js";
import { guardStreams } from "./grpc-server-guard.ts";

const patienceMs = 1000;
const looksEveryMs = 200;
const mostStalled = 3;

/** As much of a stream as the guard looks at. */
class FakeStream extends EventEmitter {
  readableEnded = false;
  bufferSize = 0;
  isReset = false;

  close(): void {
    this.isReset = true;
    this.emit("close");
  }
}

let http2: EventEmitter & { maxConnections?: number };
let guard: { close(): void };

beforeEach(() => {
  jest.useFakeTimers();
  http2 = new EventEmitter();
  http2.on("stream", () => undefined);
  guard = guardStreams(serverOver(http2), { maxConnections: 7, patienceMs, mostStalled });
});
afterEach(() => {
  guard.close();
  jest.useRealTimers();
});

test("lets those be that are idle, as watches are, however many and however long", () => {
  const streams = Array.from({ length: 2 * mostStalled }, () => open({ readableEnded: true }));
  jest.advanceTimersByTime(100 * patienceMs);
  expect(streams.filter(({ isReset }) => isReset)).toEqual([]);
});

test.each([
  ["an answer that grows shorter", (bytes: number) => bytes - 1],
  ["messages that are each longer than the one before", (bytes: number) => bytes + 1],
])("lets those be whose callers take %s slowly", (_, next) => {
  const stream = open({ readableEnded: true, bufferSize: 1000 });
  for (let times = 0; times < 100; times += 1) {
    jest.advanceTimersByTime(patienceMs - looksEveryMs);
    stream.bufferSize = next(stream.bufferSize);
  }
  expect(stream.isReset).toBe(false);
});

test("resets those whose answer is not taken", () => {
  const stream = open({ readableEnded: true });
  jest.advanceTimersByTime(10 * patienceMs);
  stream.bufferSize = 1000;
  jest.advanceTimersByTime(patienceMs);
  expect(stream.isReset).toBe(false);
  jest.advanceTimersByTime(looksEveryMs);
  expect(stream.isReset).toBe(true);
});

test("resets those whose request is not here in time, and not before", () => {
  const stream = open({});
  jest.advanceTimersByTime(patienceMs - looksEveryMs);
  expect(stream.isReset).toBe(false);
  jest.advanceTimersByTime(looksEveryMs);
  expect(stream.isReset).toBe(true);
});

test.each([
  ["requests are not here", {}],
  ["answers are not taken", { readableEnded: true, bufferSize: 1 }],
])("resets the oldest, and no more than are too many, where %s", (_, state) => {
  const streams = Array.from({ length: mostStalled + 2 }, () => open(state));
  jest.advanceTimersByTime(2 * looksEveryMs);
  expect(streams.map(({ isReset }) => isReset)).toEqual([true, true, false, false, false]);
});

test("lets many be that have only begun", () => {
  jest.advanceTimersByTime(looksEveryMs / 2);
  const streams = Array.from({ length: mostStalled + 2 }, () => open({}));
  jest.advanceTimersByTime(looksEveryMs / 2);
  expect(streams.filter(({ isReset }) => isReset)).toEqual([]);
});

test("lets conversations of reflection be", () => {
  const stream = open({}, "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo");
  jest.advanceTimersByTime(10 * patienceMs);
  expect(stream.isReset).toBe(false);
});

test("forgets those that have closed", () => {
  const stream = open({});
  stream.emit("close");
  jest.advanceTimersByTime(10 * patienceMs);
  expect(stream.isReset).toBe(false);
});

test("looks no more once it is closed", () => {
  guard.close();
  expect(jest.getTimerCount()).toBe(0);
});

test("bounds the connections", () => {
  expect(http2.maxConnections).toBe(7);
});

test.each([
  ["nowhere", {} as Server],
  ["not there", serverOver()],
  ["not used", serverOver(new EventEmitter())],
])("does not start where the servers of HTTP/2 are %s", (_, server) => {
  expect(() => guardStreams(server, { maxConnections: 7, patienceMs, mostStalled })).toThrow("are not where they were");
});

function serverOver(...servers: EventEmitter[]): Server {
  return { http2Servers: new Map(servers.map((one) => [one, {}])) } as unknown as Server;
}

function open(state: Partial<FakeStream>, path = "/shop.orders.v1.OrderService/WatchOrder"): FakeStream {
  const stream = Object.assign(new FakeStream(), state);
  http2.emit("stream", stream, { ":path": path });
  return stream;
}
