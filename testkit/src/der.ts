/** ASN.1 values in their distinguished encoding (X.690): as much of it as a certificate needs. */
export const der = {
  sequence: (...parts: readonly Buffer[]) => element(0x30, ...parts),
  set: (...parts: readonly Buffer[]) => element(0x31, ...parts),
  boolean: (value: boolean) => element(0x01, Buffer.from([value ? 0xff : 0])),
  octets: (bytes: Buffer) => element(0x04, bytes),
  bits: (bytes: Buffer) => element(0x03, Buffer.from([0]), bytes),
  text: (value: string) => element(0x0c, Buffer.from(value, "utf8")),
  /** A number that is not negative. */
  integer: (bytes: Buffer) => element(0x02, (bytes[0] ?? 0) > 0x7f ? Buffer.from([0]) : Buffer.alloc(0), bytes),
  /** A time, to the second. */
  time: (time: Date) => element(0x18, Buffer.from(`${time.toISOString().replace(/[-:T]|\.\d+Z/g, "")}Z`)),
  /** An object identifier such as 2.5.4.3. */
  id(dotted: string): Buffer {
    const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
    return element(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
  },
  /** A part that is known by its number; `isPlain` where it holds bytes and no further parts. */
  tagged: (number: number, isPlain: boolean, ...parts: readonly Buffer[]) =>
    element((isPlain ? 0x80 : 0xa0) | number, ...parts),
};

function element(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag, ...lengthOf(content.length)]), content]);
}

function lengthOf(length: number): number[] {
  if (length < 0x80) return [length];
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest >>= 8) bytes.unshift(rest & 0xff);
  return [0x80 | bytes.length, ...bytes];
}

function base128(value: number): number[] {
  const bytes = [value & 0x7f];
  for (let rest = value >> 7; rest > 0; rest >>= 7) bytes.unshift((rest & 0x7f) | 0x80);
  return bytes;
}
