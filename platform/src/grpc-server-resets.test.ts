import { constants } from "node:http2";
import { connect, type Socket } from "node:net";
import { eventually } from "@shop/testkit/eventually";
import { cancelled, type Harness, paths, serve } from "../test/_grpc.ts";

/** More than half of the calls that may be under way, and less than may be reset at once. */
const MANY = 900;

const frame = { headers: 1, reset: 3, settings: 4, ping: 6 };
const flags = { none: 0, acknowledged: 1, endOfHeaders: 4 };

/** POST over http, the others as literals that the next request names by their places in the table. */
const fullHead = Buffer.concat([
  Buffer.from([0x83, 0x86]),
  literal(1, "shop"),
  literal(4, paths.cancel),
  literal(31, "application/grpc"),
]);
const shortHead = Buffer.from([0x83, 0x86, 0xc0, 0xbf, 0xbe]);

describe("calls that are reset", () => {
  let harness: Harness;
  let socket: Socket;
  beforeAll(async () => {
    harness = await serve(async () => cancelled);
  });
  afterAll(() => harness.close());
  beforeEach(() => {
    socket = connect(harness.server.port, "127.0.0.1");
    socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    socket.write(Buffer.concat([encode(frame.settings), encode(frame.settings, { flags: flags.acknowledged })]));
  });
  afterEach(() => socket.destroy());

  it("take no place from those that come with their resets", async () => {
    const received = framesOf(socket);
    const pongs = () => received().filter(({ type }) => type === frame.ping).length;
    const gone = Array.from({ length: MANY }, (_, index) => 1 + 2 * index);
    const next = gone.map((id) => id + 2 * MANY);
    const open = (id: number) => encode(frame.headers, { flags: flags.endOfHeaders, id, body: headOf(id) });
    const reset = (id: number) => encode(frame.reset, { id, body: code(constants.NGHTTP2_CANCEL) });

    socket.write(Buffer.concat(gone.map(open)));
    socket.write(encode(frame.ping, { body: Buffer.alloc(8) }));
    await eventually(() => pongs() === 1);
    socket.write(Buffer.concat([...gone.map(reset), ...next.map(open)]));
    socket.write(encode(frame.ping, { body: Buffer.alloc(8) }));
    await eventually(() => pongs() === 2);

    expect(received().filter(({ type }) => type === frame.reset)).toEqual([]);
  });
});

function headOf(id: number): Buffer {
  return id === 1 ? fullHead : shortHead;
}

/** A header whose name stands at this place of the static table, and which is to be remembered. */
function literal(index: number, value: string): Buffer {
  return Buffer.concat([Buffer.from([0x40 + index, value.length]), Buffer.from(value)]);
}

function code(value: number): Buffer {
  return Buffer.from([0, 0, 0, value]);
}

function encode(type: number, frameOf: { flags?: number; id?: number; body?: Buffer } = {}): Buffer {
  const { flags: set = flags.none, id = 0, body = Buffer.alloc(0) } = frameOf;
  const head = Buffer.alloc(9);
  head.writeUIntBE(body.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(set, 4);
  head.writeUInt32BE(id, 5);
  return Buffer.concat([head, body]);
}

/** All frames that have come so far. */
function framesOf(socket: Socket): () => { type: number }[] {
  let bytes = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
  });
  return () => {
    const frames = [];
    for (let at = 0; at + 9 <= bytes.length; at += 9 + bytes.readUIntBE(at, 3)) {
      frames.push({ type: bytes.readUInt8(at + 3) });
    }
    return frames;
  };
}
