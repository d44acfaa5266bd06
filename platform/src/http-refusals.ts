import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { STATUS_CODES } from "./node-http.ts";

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

/**
 * Answers, with a problem, a connection on which no request can be made out, and ends it. Where the fault is in the body of
 * a request that is answered already, or behind one that is not yet, that answer is the last: whoever reads the connection
 * would take a further one for the answer to another request.
 */
export function answerClientError(err: NodeJS.ErrnoException, socket: Duplex): void {
  if (err.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const { last, unanswered } = connections.get(socket) ?? { unanswered: 0 };
  const isAnswering = last?.res.headersSent === true;
  if (last && unanswered > 0 && (unanswered > 1 || last.req.complete || isAnswering)) {
    last.res.once("finish", () => end(socket));
  } else if (last && !last.req.complete && isAnswering) {
    end(socket);
  } else {
    const { status, detail } = known[err.code ?? ""] ?? unknown;
    endWithProblem(socket, status, detail);
  }
}

/** What goes on on a connection: the request that came last, and how many are not answered whole. */
interface ConnectionState {
  last: { req: IncomingMessage; res: ServerResponse };
  unanswered: number;
}

const connections = new WeakMap<Duplex, ConnectionState>();

function follow(req: IncomingMessage, res: ServerResponse): void {
  const state = connections.get(req.socket) ?? { last: { req, res }, unanswered: 0 };
  state.last = { req, res };
  state.unanswered += 1;
  connections.set(req.socket, state);
  res.once("close", () => {
    state.unanswered -= 1;
  });
}

/**
 * Makes a server refuse with a problem what Node refuses without a word: an expectation that nobody knows, and CONNECT;
 * and lets {@link answerClientError} know what it has answered. A request without a host, which Node refuses without a
 * word too, is left to {@link lacksHost}: the server needs `requireHostHeader: false`.
 */
export function refuseOddRequests(server: Pick<Server, "on" | "prependListener">): void {
  for (const event of ["connection", "secureConnection"]) server.on(event, dropTheDead);
  server.on("request", follow);
  // Before there is any answer.
  server.prependListener("request", endAfterUpgrade);
  server.on("checkExpectation", (_req, res) => {
    const body = JSON.stringify(malformedRequest(417, "The only expectation met here is 100-continue."));
    res.writeHead(417, { "content-type": "application/problem+json; charset=utf-8", connection: "close" }).end(body);
  });
  server.on("connect", (_req: IncomingMessage, socket: Duplex) => {
    socket.on("error", () => socket.destroy());
    endWithProblem(socket, 405, "This is no proxy.");
  });
}

/**
 * A client that is gone before its connection is taken leaves what it has sent, up to thousands of requests, and no
 * address. One that is asked for here is known for as long as the connection is.
 */
function dropTheDead(socket: Socket): void {
  if (socket.remoteAddress === undefined) socket.destroy();
}

/**
 * No other protocol is spoken here. Behind a request that asks for one, Node's parser drops what came with its last bytes:
 * a further request would wait for its answer for ever.
 */
function endAfterUpgrade({ headers }: IncomingMessage, res: ServerResponse): void {
  if (headers.upgrade !== undefined) res.shouldKeepAlive = false;
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
  end(socket, `${head.join("\r\n")}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

function end(socket: Duplex, last = ""): void {
  socket.end(last);
  const timer = setTimeout(() => socket.destroy(), lingerMs);
  socket.once("close", () => clearTimeout(timer));
}
