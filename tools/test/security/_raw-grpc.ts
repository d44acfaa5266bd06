import { type ClientHttp2Session, connect, constants, type OutgoingHttpHeaders } from "node:http2";

/** The names of the gRPC status codes, by their numbers. */
const CODES = [
  "OK",
  "CANCELLED",
  "UNKNOWN",
  "INVALID_ARGUMENT",
  "DEADLINE_EXCEEDED",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "PERMISSION_DENIED",
  "RESOURCE_EXHAUSTED",
  "FAILED_PRECONDITION",
  "ABORTED",
  "OUT_OF_RANGE",
  "UNIMPLEMENTED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
  "UNAUTHENTICATED",
] as const;

/** How a call ended; the others are those of HTTP/2: the stream was reset, or never answered. */
export type GrpcCode = (typeof CODES)[number] | "RESET" | "HTTP_ERROR";

/** All that came back for one call, as it stood on the wire. */
export interface GrpcAnswer {
  readonly code: GrpcCode;
  /** The status message, decoded. */
  readonly message: string;
  /** The messages of the answer, still encoded. */
  readonly messages: readonly Buffer[];
  /** Headers and trailers, each as `name: value`, in their order. */
  readonly metadata: readonly string[];
}

/** Metadata as it is sent: a list is sent as one entry each. */
export type RawMetadata = Readonly<Record<string, string | readonly string[]>>;

/** A gRPC client that sends whatever it is told, well-formed or not, over HTTP/2 as it is. */
export interface RawGrpc {
  /** Makes a call: a method's path, its metadata and its request, encoded. It ends within its limit. */
  call(path: string, metadata: RawMetadata, request: Uint8Array, timeoutMs?: number): Promise<GrpcAnswer>;
  close(): Promise<void>;
}

const DEFAULT_TIMEOUT_MS = 15_000;

/** What is sent is a matter of the attack: headers of any length, and names twice that may come only once. */
const clientOptions = { maxSendHeaderBlockLength: 1_000_000, strictSingleValueFields: false };

/** Opens a connection; one that the other side has closed is opened again for the next call. */
export function openRawGrpc(address: string): RawGrpc {
  let session: ClientHttp2Session | undefined;

  function connected(): ClientHttp2Session {
    if (session !== undefined && !session.closed && !session.destroyed) return session;
    const opened = connect(`http://${address}`, clientOptions);
    opened.on("error", () => opened.destroy());
    session = opened;
    return opened;
  }

  return {
    call(path, metadata, request, timeoutMs = DEFAULT_TIMEOUT_MS) {
      const headers: OutgoingHttpHeaders = {
        [constants.HTTP2_HEADER_METHOD]: "POST",
        [constants.HTTP2_HEADER_SCHEME]: "http",
        [constants.HTTP2_HEADER_AUTHORITY]: address,
        [constants.HTTP2_HEADER_PATH]: path,
        te: "trailers",
        "content-type": "application/grpc",
        "grpc-timeout": `${timeoutMs}m`,
      };
      return exchange(connected(), withMetadata(headers, metadata), framed(request), timeoutMs + 2000);
    },
    close: () =>
      new Promise((resolve) => {
        if (session === undefined || session.destroyed) resolve();
        else session.close(() => resolve());
      }),
  };
}

/** Node keeps to one entry of `authorization` when headers are given by name, so several are given as a list of pairs. */
function withMetadata(headers: OutgoingHttpHeaders, metadata: RawMetadata): OutgoingHttpHeaders | string[] {
  const isPlain = Object.values(metadata).every((value) => typeof value === "string");
  if (isPlain) return { ...headers, ...metadata } as OutgoingHttpHeaders;
  const pairs = [...Object.entries(headers), ...Object.entries(metadata)];
  return pairs.flatMap(([name, value]) => [value].flat().flatMap((one) => [name, String(one)]));
}

function exchange(
  session: ClientHttp2Session,
  headers: OutgoingHttpHeaders | string[],
  body: Buffer,
  limitMs: number,
): Promise<GrpcAnswer> {
  return new Promise((resolve) => {
    const seen: Record<string, string> = {};
    const metadata: string[] = [];
    const chunks: Buffer[] = [];
    let failure: Error | undefined;
    const note = (entries: object) => {
      for (const [name, value] of Object.entries(entries)) {
        seen[name] = String(value);
        metadata.push(`${name}: ${value}`);
      }
    };
    const stream = session.request(headers as OutgoingHttpHeaders);
    const timer = setTimeout(() => stream.close(constants.NGHTTP2_CANCEL), limitMs);
    stream.on("response", note);
    stream.on("trailers", note);
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("error", (err) => {
      failure = err;
    });
    stream.on("close", () => {
      clearTimeout(timer);
      resolve({ ...outcomeOf(seen, failure), messages: unframed(Buffer.concat(chunks)), metadata });
    });
    stream.end(body);
  });
}

function outcomeOf(seen: Record<string, string>, failure: Error | undefined): Pick<GrpcAnswer, "code" | "message"> {
  const status = seen["grpc-status"];
  if (status !== undefined) {
    return { code: CODES[Number(status)] ?? "UNKNOWN", message: decodeURIComponent(seen["grpc-message"] ?? "") };
  }
  if (seen[":status"] !== undefined && seen[":status"] !== "200") {
    return { code: "HTTP_ERROR", message: `HTTP ${seen[":status"]}` };
  }
  return { code: "RESET", message: failure?.message ?? "The stream ended without a status." };
}

function framed(message: Uint8Array): Buffer {
  const frame = Buffer.alloc(5 + message.length);
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, 5);
  return frame;
}

function unframed(bytes: Buffer): Buffer[] {
  const messages: Buffer[] = [];
  for (let at = 0; at + 5 <= bytes.length; ) {
    const size = bytes.readUInt32BE(at + 1);
    messages.push(bytes.subarray(at + 5, at + 5 + size));
    at += 5 + size;
  }
  return messages;
}
