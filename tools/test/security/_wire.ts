// The wire format of protocol buffers, written by hand, so that what is written may also be wrong.

/** The wire types: https://protobuf.dev/programming-guides/encoding/. */
export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
export const GROUP_START = 3;
export const FIXED32 = 5;

/** A whole number as a varint; a negative one is sent as its 64 bits are. */
export function varint(value: bigint | number): Buffer {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest === 0n ? low : low | 0x80);
  } while (rest > 0n);
  return Buffer.from(bytes);
}

/** The same number, written in `length` bytes, more than it needs; ten are the most that a decoder may take. */
export function longVarint(value: bigint | number, length: number): Buffer {
  const bytes = [...varint(value)].slice(0, length);
  while (bytes.length < length) bytes.push(0);
  return Buffer.from(bytes.map((byte, index) => (index < length - 1 ? byte | 0x80 : byte & 0x7f)));
}

export function tag(field: number, wireType: number): Buffer {
  return varint((BigInt(field) << 3n) | BigInt(wireType));
}

/** A field of bytes: a text, a message or bytes. */
export function bytesField(field: number, value: Uint8Array): Buffer {
  return Buffer.concat([tag(field, BYTES), varint(value.length), value]);
}

export function varintField(field: number, value: bigint | number): Buffer {
  return Buffer.concat([tag(field, VARINT), varint(value)]);
}

/** A message of gRPC as it is framed: whether it is compressed, its length, its bytes. */
export function frame(message: Uint8Array, { flag = 0, length = message.length } = {}): Buffer {
  const framed = Buffer.alloc(5 + message.length);
  framed.writeUInt8(flag, 0);
  framed.writeUInt32BE(length, 1);
  framed.set(message, 5);
  return framed;
}
