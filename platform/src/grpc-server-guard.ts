import { constants, type Http2Server, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import { type Server, type ServerInterceptor, status } from "@grpc/grpc-js";
import { AppError } from "./errors.ts";
import { toGrpcStatus } from "./grpc-status.ts";

/** What the guard of one server allows. */
export interface GuardOptions {
  /** More connections than this are closed as they come. */
  readonly maxConnections: number;
  /** A request that has not come in whole after this long is reset, and so is an answer that is not taken, in milliseconds. */
  readonly patienceMs: number;
  /** More streams than this may not wait for their callers at once: the oldest are reset before their time. */
  readonly mostStalled: number;
}

/**
 * Stands between Node's HTTP/2 and grpc-js, where anybody who can connect could fill this process, token or none.
 *
 * Invariants:
 * - G1 a stream holds memory for a limited time: its request arrives, and its answer is taken, within about `patienceMs`.
 *   grpc-js has no such limit of its own: it keeps up to 1 MiB of each unfinished request, and every answer, until the
 *   caller's own deadline or the end of the connection. No more than `mostStalled` do so at once;
 * - G2 connections are counted: each costs memory and a descriptor before it has said anything.
 *
 * @NOTE grpc-js keeps its HTTP/2 servers to itself: its interceptors see calls and no streams, its connection injector
 * sockets and no sessions, and Node 22 has no diagnostics channel for streams. Where they are not found the server does not
 * start.
 */
export function guardStreams(
  server: Server,
  { maxConnections, patienceMs, mostStalled }: GuardOptions,
): { close(): void } {
  const watch = createStreamWatch(patienceMs, mostStalled);
  for (const http2 of http2ServersOf(server)) {
    http2.maxConnections = maxConnections;
    http2.on("stream", watch.add);
  }
  return watch;
}

/** As often within its patience a stream is looked at. */
const looksPerPatience = 5;

/** Reflection is a conversation: its request ends when the one who asks has no further question. */
const conversations = "/grpc.reflection.";

function createStreamWatch(patienceMs: number, mostStalled: number) {
  const intervalMs = patienceMs / looksPerPatience;
  const open = new Map<ServerHttp2Stream, StreamState>();

  function look(): void {
    const now = performance.now();
    const stalled: ServerHttp2Stream[] = [];
    for (const [stream, state] of open) {
      const ageMs = now - state.openedAt;
      if (ageMs >= intervalMs && waitsForItsCaller(stream)) stalled.push(stream);
      noteMovement(stream, state, now);
      const isLate = !stream.readableEnded && ageMs >= patienceMs;
      if (isLate || now - state.movedAt >= patienceMs) stream.close(constants.NGHTTP2_CANCEL);
    }
    const excess = Math.max(0, stalled.length - mostStalled);
    for (const stream of stalled.slice(0, excess)) stream.close(constants.NGHTTP2_CANCEL);
  }

  const timer = setInterval(look, intervalMs);
  timer.unref();
  return {
    add(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
      if (headers[":path"]?.startsWith(conversations)) return;
      const now = performance.now();
      open.set(stream, { openedAt: now, movedAt: now, heldBytes: 0 });
      stream.once("close", () => open.delete(stream));
    },
    close: () => clearInterval(timer),
  };
}

interface StreamState {
  readonly openedAt: number;
  /** When it was last seen that nothing waited to be taken, or something else than before. */
  movedAt: number;
  /** So much waited to be taken at the last look. */
  heldBytes: number;
}

/** Messages of a stream follow one another as they are taken: where as much waits as before, nothing was. */
function noteMovement({ bufferSize }: ServerHttp2Stream, state: StreamState, now: number): void {
  if (bufferSize === 0 || bufferSize !== state.heldBytes) state.movedAt = now;
  state.heldBytes = bufferSize;
}

/** Its request is not here, or its answer is not there. */
function waitsForItsCaller(stream: ServerHttp2Stream): boolean {
  return !stream.readableEnded || stream.bufferSize > 0;
}

/** The servers that grpc-js listens with. */
export function http2ServersOf(server: Server): Http2Server[] {
  const { http2Servers } = server as unknown as { http2Servers?: ReadonlyMap<Http2Server, unknown> };
  const found = [...(http2Servers?.keys() ?? [])];
  if (found.length === 0 || found.some((one) => one.listenerCount("stream") === 0)) {
    throw new Error("The HTTP/2 servers of grpc-js are not where they were: see grpc-server-guard.ts.");
  }
  return found;
}

/**
 * What grpc-js and its health service answer by themselves, in our codes and at a length that can be sent: they blame
 * themselves (INTERNAL) for a body that cannot be decompressed or parsed and for a `grpc-timeout` that cannot be read,
 * which are the caller's faults; and they repeat a name of any length, in a header that ends the caller's connection with
 * all other calls on it.
 */
export const wordRefusals: ServerInterceptor = (_method, call) => {
  const sendStatus = call.sendStatus.bind(call);
  call.sendStatus = (ended) => sendStatus(worded(ended));
  return call as never;
};

/** A message is sent percent-encoded, with up to nine bytes for a character, and proxies refuse trailers above 8 KiB. */
const longestMessage = 500;

type Ended = Parameters<ReturnType<ServerInterceptor>["sendStatus"]>[0];

function worded(ended: Ended): Ended {
  const { code, details = "" } = ended;
  if (code === status.INTERNAL || code === status.RESOURCE_EXHAUSTED) {
    const refusal = refusals.find(({ pattern }) => pattern.test(details));
    if (refusal !== undefined) return toGrpcStatus(refusal.makeError());
  }
  if (details.length <= longestMessage) return ended;
  return { ...ended, details: `${details.slice(0, longestMessage).toWellFormed()}…` };
}

const refusals = [
  {
    pattern: /^Failed to decompress/,
    makeError: () => new AppError("MALFORMED_BODY", "The request cannot be decompressed."),
  },
  {
    pattern: /^Error deserializing request/,
    makeError: () => new AppError("MALFORMED_BODY", "The request is not a valid protobuf message."),
  },
  {
    pattern: /^Invalid grpc-timeout/,
    makeError: () => new AppError("MALFORMED_BODY", "The metadata `grpc-timeout` is not a time limit."),
  },
  {
    pattern: /^Received message (larger than max|that decompresses to)/,
    makeError: () => new AppError("PAYLOAD_TOO_LARGE", "The request is larger than 1 MiB."),
  },
];
