import { type ClientHttp2Session, connect, constants, type OutgoingHttpHeaders } from "node:http2";
import { CallResponse } from "@shop/protos/gen/shop/batch/v1/batch";

/** A call as it is sent: nothing is added, nothing is checked. */
export interface Shot {
  /** How it was made, for the report. */
  readonly kind: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The frames of the stream, as bytes. */
  readonly body: Buffer;
}

/** What came back. */
export interface Reply {
  /** The gRPC status; undefined where the stream ended without one. */
  readonly code: number | undefined;
  readonly httpStatus: number | undefined;
  /** How the calls inside were answered, where it was a batch. */
  readonly inner: readonly { readonly code: number; readonly text: string }[];
  /** All text of headers, trailers and details, the calls inside included: what may not say how we are made. */
  readonly text: string;
  readonly ms: number;
}

/** Calls one door over a few connections, which are opened again where they were closed. */
export interface Gun {
  fire(shot: Shot): Promise<Reply>;
  /** How many connections were opened in all. */
  readonly opened: number;
  close(): void;
}

const limitMs = 30_000;
/** As many connections as a door's client has may be retired at the same time. */
const mostRefusals = 4;

export function openGun(address: string, connections = 4): Gun {
  const sessions: (ClientHttp2Session | undefined)[] = Array.from({ length: connections });
  let next = 0;
  let opened = 0;

  function session(): ClientHttp2Session {
    next = (next + 1) % connections;
    const found = sessions[next];
    if (found !== undefined && !found.closed && !found.destroyed) return found;
    const made = connect(`http://${address}`, { maxSendHeaderBlockLength: 1_000_000 });
    opened += 1;
    made.setMaxListeners(0);
    made.on("error", () => made.destroy());
    sessions[next] = made;
    return made;
  }

  /**
   * A connection that has lived for `max_connection_age` is retired, and refuses what comes after that unread: a client
   * sends it again (RFC 9113, 8.7).
   */
  async function fire(shot: Shot): Promise<Reply> {
    for (let left = mostRefusals; ; left -= 1) {
      const { wasRefused, ...reply } = await exchange(session(), shot);
      if (!wasRefused || left === 0) return reply;
    }
  }

  return {
    fire,
    get opened() {
      return opened;
    },
    close() {
      for (const one of sessions) one?.destroy();
    },
  };
}

interface Exchange extends Reply {
  /** The connection was being retired, and refused the stream before anything of it was looked at. */
  readonly wasRefused: boolean;
}

function exchange(session: ClientHttp2Session, { path, headers, body }: Shot): Promise<Exchange> {
  const all: OutgoingHttpHeaders = {
    [constants.HTTP2_HEADER_METHOD]: "POST",
    [constants.HTTP2_HEADER_PATH]: path,
    te: "trailers",
    "content-type": "application/grpc",
    "grpc-timeout": "10S",
    ...headers,
  };
  return new Promise((resolve) => {
    const startedAt = performance.now();
    const chunks: Buffer[] = [];
    const said: string[] = [];
    let httpStatus: number | undefined;
    let code: number | undefined;
    const note = (entries: Record<string, unknown>) => {
      if (entries[":status"] !== undefined) httpStatus = Number(entries[":status"]);
      if (entries["grpc-status"] !== undefined) code = Number(entries["grpc-status"]);
      for (const [name, value] of Object.entries(entries)) said.push(`${name}: ${readable(name, String(value))}`);
    };
    const stream = session.request(all);
    const timer = setTimeout(() => stream.close(constants.NGHTTP2_CANCEL), limitMs);
    stream.on("response", note);
    stream.on("trailers", note);
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("error", (err) => said.push(`stream: ${err.message}`));
    stream.on("close", () => {
      clearTimeout(timer);
      const inner = path.endsWith("BatchService/Call") ? innerAnswers(Buffer.concat(chunks)) : [];
      const text = [...said, ...inner.map(({ text }) => text)].join("\n");
      const ms = performance.now() - startedAt;
      const isRetired = session.closed || session.destroyed;
      const wasRefused = isRetired && httpStatus === undefined && stream.rstCode === constants.NGHTTP2_REFUSED_STREAM;
      resolve({ code, httpStatus, inner, text, ms, wasRefused });
    });
    stream.end(body);
  });
}

function readable(name: string, value: string): string {
  if (name.endsWith("-bin")) return Buffer.from(value, "base64").toString("latin1");
  return name === "grpc-message" ? decodeURIComponent(value) : value;
}

function innerAnswers(bytes: Buffer): { code: number; text: string }[] {
  const found: { code: number; text: string }[] = [];
  for (let at = 0; at + 5 <= bytes.length; ) {
    const size = bytes.readUInt32BE(at + 1);
    for (const { outcome } of CallResponse.decode(bytes.subarray(at + 5, at + 5 + size)).answers) {
      if (outcome?.$case === "error") {
        const { code, message, details } = outcome.value;
        found.push({ code, text: [message, ...details.map(({ value }) => value.toString("latin1"))].join("\n") });
      } else found.push({ code: 0, text: "" });
    }
    at += 5 + size;
  }
  return found;
}
