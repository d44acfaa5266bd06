import { type IncomingMessage, type Server, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";

/** What a connection on which no request could be made out has to read its answer. */
const lingerMs = 1_000;

const known: Readonly<Record<string, { status: number; detail: string }>> = {
  HPE_HEADER_OVERFLOW: { status: 431, detail: "The headers are larger than 16 kB." },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, detail: "The request did not arrive in the time it has." },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: { status: 413, detail: "The body's chunks have more extensions than 16 kB." },
};

const unknown = { status: 400, detail: "No HTTP request can be made out of this." };

/** The problem (RFC 9457) of a request that HTTP itself forbids. */
export function malformedRequest(status: number, detail: string) {
  return { type: "about:blank", title: STATUS_CODES[status], status, code: "MALFORMED_REQUEST", detail };
}

/** Answers, with a problem, a connection on which no request can be made out, and ends it. */
export function answerClientError(err: NodeJS.ErrnoException, socket: Duplex): void {
  if (err.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, detail } = known[err.code ?? ""] ?? unknown;
  endWithProblem(socket, status, detail);
}

/**
 * Makes a server refuse with a problem what Node refuses without a word: an expectation that nobody knows, and CONNECT.
 * A request without a host, which Node refuses so too, is left to {@link lacksHost}: the server needs
 * `requireHostHeader: false`.
 */
export function refuseOddRequests(server: Pick<Server, "on">): void {
  server.on("checkExpectation", (_req, res) => {
    const body = JSON.stringify(malformedRequest(417, "The only expectation met here is 100-continue."));
    res.writeHead(417, { "content-type": "application/problem+json; charset=utf-8", connection: "close" }).end(body);
  });
  server.on("connect", (_req: IncomingMessage, socket: Duplex) => {
    socket.on("error", () => socket.destroy());
    endWithProblem(socket, 405, "This is no proxy.");
  });
}

/** Claims that a request of HTTP/1.1 does not say whom it is for (RFC 9112, 3.2). */
export function lacksHost({ httpVersion, headers }: IncomingMessage): boolean {
  return httpVersion === "1.1" && headers.host === undefined;
}

function endWithProblem(socket: Duplex, status: number, detail: string): void {
  const body = JSON.stringify(malformedRequest(status, detail));
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    "connection: close",
    "content-type: application/problem+json; charset=utf-8",
  ];
  socket.end(`${head.join("\r\n")}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  const timer = setTimeout(() => socket.destroy(), lingerMs);
  socket.once("close", () => clearTimeout(timer));
}
