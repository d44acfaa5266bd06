import { gzipSync } from "node:zlib";
import type { Dice } from "./_dice.ts";
import type { Shot } from "./_grpc-gun.ts";
import { heavyMalformations, lightMalformations, type Malformation } from "./_malformed-messages.ts";
import { edgeTexts } from "./_plausible.ts";
import type { Method } from "./_schemas.ts";
import { bytesField, frame, varintField } from "./_wire.ts";

/** An RPC at one door, with the tokens that get past it. */
export interface Target {
  readonly method: Method;
  /** Values of `authorization`; undefined where none is needed. */
  readonly authorizations: readonly (string | undefined)[];
  /** The paths of all RPCs of the same door, for batches. */
  readonly neighbours: readonly Method[];
}

/** Of so many calls one is of the heavy kind. */
const heavyOneIn = 150;
const batchPath = "/shop.batch.v1.BatchService/Call";

/** The next malformed call. */
export function malformedCall(dice: Dice, targets: readonly Target[]): Shot {
  const target = dice.pick(targets);
  const kinds = dice.oneIn(heavyOneIn) ? heavyMalformations : lightMalformations;
  const [kind, malform] = dice.pick(Object.entries(kinds));
  const isBatch = target.method.path === batchPath && !dice.oneIn(4);
  const message = isBatch ? batchOf(dice, target, malform) : malform(dice, target.method.input);
  const [framing, framed] = dice.oneIn(8) ? oddlyFramed(dice, message) : ["framed", { body: frame(message) }];
  const headers = { ...headersOf(dice, target), ...framed.headers };
  return { kind: `${kind}/${framing}`, path: pathOf(dice, target), headers, body: framed.body };
}

/** One call of each heavy kind to a target, to be made by itself. */
export function heavyCalls(dice: Dice, target: Target): Shot[] {
  const headers = plainHeaders(target.method, dice.pick(target.authorizations));
  const { path, input } = target.method;
  return Object.entries(heavyMalformations).map(([kind, malform]) => {
    const message = path === batchPath ? batchOf(dice, target, malform) : malform(dice, input);
    return { kind, path, headers, body: frame(message.subarray(0, 1024 * 1024)) };
  });
}

function batchOf(dice: Dice, { neighbours }: Target, malform: Malformation): Buffer {
  const calls = Array.from({ length: dice.oneIn(200) ? 1001 : 1 + dice.below(20) }, () => {
    const method = dice.pick(neighbours);
    const entries = Array.from({ length: dice.below(3) }, () =>
      Buffer.concat([bytesField(1, metadataName(dice)), bytesField(2, dice.pick(edgeTexts))]),
    );
    return Buffer.concat([
      bytesField(1, dice.oneIn(5) ? dice.pick(edgeTexts) : Buffer.from(method.path)),
      bytesField(2, malform(dice, method.input).subarray(0, 5000)),
      varintField(3, dice.pick([0, 1, 1000, 2 ** 31, 2 ** 32 - 1])),
      ...entries.map((entry) => bytesField(4, entry)),
    ]);
  });
  return Buffer.concat(calls.map((call) => bytesField(1, call)));
}

function metadataName(dice: Dice): Buffer {
  const names = ["x-correlation-id", "traceparent", "x-user-id", "idempotency-key", "authorization", "__proto__"];
  return dice.oneIn(3) ? dice.pick(edgeTexts) : Buffer.from(dice.pick(names));
}

interface Framed {
  readonly body: Buffer;
  readonly headers?: Record<string, string>;
}

/** A message in a frame that lies, is compressed, or is not alone. */
function oddlyFramed(dice: Dice, message: Buffer): [string, Framed] {
  return dice.pick<() => [string, Framed]>([
    () => ["flagAlone", { body: frame(message, { flag: 1 }) }],
    () => ["flagOf255", { body: frame(message, { flag: 255 }) }],
    () => ["gzip", compressed(gzipSync(message), "gzip")],
    () => ["gzipOfGarbage", compressed(dice.bytes(dice.below(100)), "gzip")],
    () => ["deflateOfGarbage", compressed(dice.bytes(dice.below(100)), "deflate")],
    () => ["gzipCut", compressed(gzipSync(message).subarray(0, -5), "gzip")],
    () => ["gzipBomb", compressed(bomb, "gzip")],
    () => ["gzipBombs", { body: Buffer.alloc(16 * (bomb.length + 5), frame(bomb, { flag: 1 })), headers: gzipHeaders }],
    () => ["unknownEncoding", compressed(message, dice.pick(["br", "snappy", "x".repeat(1000), "__proto__"]))],
    () => ["longerThanItSays", { body: frame(message, { length: Math.max(0, message.length - 1 - dice.below(9)) }) }],
    () => ["shorterThanItSays", { body: frame(message, { length: message.length + 1 + dice.below(1000) }) }],
    () => ["lengthOf4GiB", { body: frame(message, { length: 2 ** 32 - 1 }) }],
    () => ["lengthOverLimit", { body: frame(message, { length: 1024 * 1024 + 1 }) }],
    () => ["twoMessages", { body: Buffer.concat([frame(message), frame(message)]) }],
    () => ["tenMessages", { body: Buffer.concat(Array.from({ length: 10 }, () => frame(message))) }],
    () => ["noMessage", { body: Buffer.alloc(0) }],
    () => ["cutFrame", { body: Buffer.alloc(1 + dice.below(4)) }],
    () => ["noFrame", { body: message }],
  ])();
}

const gzipHeaders = { "grpc-encoding": "gzip" };
/** 10 MiB in 10 kB. */
const bomb = gzipSync(Buffer.alloc(10 * 1024 * 1024));

function compressed(bytes: Buffer, encoding: string): Framed {
  return { body: frame(bytes, { flag: 1 }), headers: { "grpc-encoding": encoding } };
}

/** Headers that are as they should be, mostly. */
function headersOf(dice: Dice, { method, authorizations }: Target): Record<string, string> {
  const headers = plainHeaders(method, dice.pick(authorizations));
  if (!dice.oneIn(8) || headers["grpc-timeout"] !== undefined) return headers;
  const [name, values] = dice.pick(Object.entries(oddHeaders));
  return { ...headers, [name]: dice.pick(values) };
}

function plainHeaders({ path }: Method, authorization: string | undefined): Record<string, string> {
  // A health watch has no end of its own.
  const limit = path === "/grpc.health.v1.Health/Watch" ? { "grpc-timeout": "200m" } : undefined;
  return { ...limit, ...(authorization !== undefined && { authorization }) };
}

const oddHeaders: Readonly<Record<string, readonly string[]>> = {
  "grpc-timeout": ["", "abc", "1", "-1S", "0S", "1n", "99999999H", "99999999999S", "1e9S", "NaN", "5 S"],
  "content-type": ["application/grpc+json", "application/grpc-web", "application/grpc+proto;x=y", "text/plain", ""],
  "x-correlation-id": ["", "a".repeat(4000), "<>", "a b", "\xff\xfe"],
  "x-user-id": ["", "nobody", "__proto__", "a".repeat(4000), "01900000-0000-7000-8000-00000000a11c"],
  traceparent: ["00-0-0-0", "ff-".repeat(99), `00-${"a".repeat(32)}-${"b".repeat(16)}-01`],
  "idempotency-key": ["a".repeat(256), "", "\xe9"],
  "x-odd-bin": ["!!!", "AAA", "=".repeat(50), ""],
  "grpc-status-details-bin": ["AAAA"],
  "grpc-previous-rpc-attempts": ["-1", "x"],
  "grpc-accept-encoding": ["", "gzip,gzip,gzip", "x".repeat(500)],
  "grpc-encoding": ["identity", "", "gzip", "none"],
  cookie: ["a=b; c", "__proto__=1"],
  authorization: ["", "Bearer", "Bearer ", "Bearer a.b.c", "Basic YTpi", `Bearer ${"a".repeat(9000)}`, "Bearer \xff"],
};

function pathOf(dice: Dice, { method }: Target): string {
  if (!dice.oneIn(200)) return method.path;
  const paths = [
    "/",
    "//",
    "/x",
    method.path.toUpperCase(),
    `${method.path}/`,
    `/${"a".repeat(5000)}`,
    `${method.path}%00`,
  ];
  return dice.pick([
    ...paths,
    `${method.path}?x=1`,
    "/__proto__",
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
  ]);
}
