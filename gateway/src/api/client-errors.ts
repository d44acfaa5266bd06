import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";

/** The largest header section, the request line included. */
export const MAX_HEADER_BYTES = 16 * 1024;

/** What a connection on which no request could be made out has to read its answer. */
const LINGER_MS = 1_000;

const known: Readonly<Record<string, { status: number; detail: string }>> = {
  HPE_HEADER_OVERFLOW: { status: 431, detail: "The headers are larger than 16 kB." },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, detail: "The request did not arrive in the time it has." },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: { status: 413, detail: "The body's chunks have more extensions than 16 kB." },
};

const unknown = { status: 400, detail: "No HTTP request can be made out of this." };

/** The problem of a request that HTTP itself forbids. */
export function malformedRequest(status: number, detail: string) {
  return { type: "about:blank", title: STATUS_CODES[status], status, code: "MALFORMED_REQUEST", detail };
}

/** Answers, with a problem, a connection on which no request can be made out, and ends it. */
export function answerClientError(err: NodeJS.ErrnoException, socket: Socket): void {
  if (err.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, detail } = known[err.code ?? ""] ?? unknown;
  const body = JSON.stringify(malformedRequest(status, detail));
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    "connection: close",
    "content-type: application/problem+json; charset=utf-8",
  ];
  socket.end(`${head.join("\r\n")}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  socket.setTimeout(LINGER_MS, () => socket.destroy());
}
