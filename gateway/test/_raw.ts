import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";

/** One answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** Sends bytes as they are on a connection of their own, and reads until the other side closes it. */
export async function sendRaw(url: string, bytes: string | Buffer): Promise<RawAnswer[]> {
  const socket = open(url);
  socket.write(bytes);
  return answersOf(await text(socket));
}

/** A request with these lines, after which the connection is closed. */
export function request(line: string, headers: readonly string[] = [], body = ""): Buffer {
  const all = [`${line} HTTP/1.1`, "Host: shop", "Connection: close", ...headers];
  // A character stands for its byte, so that a test can send bytes that are no UTF-8.
  return Buffer.from(`${all.join("\r\n")}\r\n\r\n${body}`, "latin1");
}

/** Opens a connection; one that is reset is one that is closed. */
export function open(url: string): Socket {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  socket.on("error", () => undefined);
  return socket;
}

function answersOf(received: string): RawAnswer[] {
  const parts = received.split(/(?=HTTP\/1\.1 \d{3} )/).filter((part) => part !== "");
  return parts.map((part) => {
    const [head = "", ...rest] = part.split("\r\n\r\n");
    return { status: Number(head.slice(9, 12)), head, body: rest.join("\r\n\r\n") };
  });
}
