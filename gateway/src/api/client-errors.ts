import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";

const statuses: Readonly<Record<string, number>> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 };

/** Answers, with a problem, a connection on which no request can be made out, and ends it. */
export function answerClientError(err: NodeJS.ErrnoException, socket: Socket): void {
  if (err.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = statuses[err.code ?? ""] ?? 400;
  const title = STATUS_CODES[status];
  const detail = "No HTTP request can be made out of this.";
  const body = JSON.stringify({ type: "about:blank", title, status, code: "MALFORMED_REQUEST", detail });
  const head = [`HTTP/1.1 ${status} ${title}`, "connection: close", "content-type: application/problem+json"];
  socket.end(`${head.join("\r\n")}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}
