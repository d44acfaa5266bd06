import type { Dice } from "./_dice.ts";

/** A way to make a body out of one that is as it should be. */
type Spoil = (dice: Dice, good: unknown) => Buffer | string;

/** A body that is wrong in one way or another, with the name of that way. */
export function malformedJson(dice: Dice, good: unknown): { kind: string; body: Buffer } {
  const [kind, spoil] = dice.pick(dice.oneIn(100) ? heavy : light);
  const body = spoil(dice, good);
  return { kind, body: typeof body === "string" ? Buffer.from(body) : body };
}

const text = (value: unknown) => JSON.stringify(value) ?? "null";

const light: readonly (readonly [string, Spoil])[] = Object.entries({
  cut: (dice, good) => text(good).slice(0, dice.below(text(good).length + 1)),
  flippedBits: (dice, good) => {
    const bytes = Buffer.from(text(good));
    for (let times = dice.below(6); times >= 0; times -= 1) {
      const at = dice.below(bytes.length);
      bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << dice.below(8)), at);
    }
    return bytes;
  },
  randomBytes: (dice) => dice.bytes(dice.below(200)),
  inserted: (dice, good) => {
    const at = dice.below(text(good).length + 1);
    return Buffer.concat([
      Buffer.from(text(good).slice(0, at)),
      dice.pick(fragments),
      Buffer.from(text(good).slice(at)),
    ]);
  },
  wrongValue: (dice, good) => spliced(dice, good, dice.pick(edgeValues)),
  wrongValues: (dice, good) => spliced(dice, JSON.parse(neutral(spliced(dice, good, "0"))), dice.pick(edgeValues)),
  missing: (dice, good) => text(without(dice, good)),
  unknownField: (dice, good) => text(good).replace("{", `{${dice.pick(edgeNames)}:${dice.pick(edgeValues)},`),
  twice: (_, good) => text(good).replace(/^\{(.*)\}$/s, "{$1,$1}"),
  two: (_, good) => `${text(good)}${text(good)}`,
  scalar: (dice) => dice.pick(edgeValues),
  byteOrderMark: (_, good) => `\ufeff${text(good)}`,
  utf16: (_, good) => Buffer.from(text(good), "utf16le"),
  singleQuotes: (_, good) => text(good).replaceAll('"', "'"),
  commented: (_, good) => `/* */${text(good)}//`,
  trailingComma: (_, good) => text(good).replaceAll("}", ",}"),
  empty: (dice) => dice.pick(["", " ", "\n", "\0"]),
} satisfies Record<string, Spoil>);

const heavy: readonly (readonly [string, Spoil])[] = Object.entries({
  deepLists: (_, good) => spliced0(good, "[".repeat(120_000) + "]".repeat(120_000)),
  deepObjects: () => `${'{"a":'.repeat(40_000)}1${"}".repeat(40_000)}`,
  openLists: () => "[".repeat(250_000),
  manyFields: () => `{${Array.from({ length: 20_000 }, (_, index) => `"f${index}":1`).join(",")}}`,
  sameFields: () => `{${Array.from({ length: 20_000 }, () => `"items":[]`).join(",")}}`,
  manyItems: (dice) =>
    `{"items":[${Array.from({ length: 20_000 }, () => dice.pick(["{}", "1", "null", "[]"])).join(",")}]}`,
  longText: (_, good) => spliced0(good, text("a".repeat(200_000))),
  longNumber: (_, good) => spliced0(good, "9".repeat(200_000)),
  overLimit: () => text({ a: "a".repeat(300_000) }),
  invalidTextAtTheEnd: () =>
    Buffer.concat([Buffer.from(`{"a":"${"a".repeat(200_000)}`), Buffer.from([0xff]), Buffer.from('"}')]),
} satisfies Record<string, Spoil>);

const fragments = [
  ...[
    "\0",
    "\x01",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    '"',
    "\\",
    "\\u",
    "\\ud800",
    "\\x41",
    "\u2028",
    "NaN",
    "//",
    "'",
    "-",
    "e",
  ],
]
  .map((fragment) => Buffer.from(fragment))
  .concat([Buffer.from([0xff]), Buffer.from([0xc0, 0x80]), Buffer.from([0xed, 0xa0, 0x80])]);

const edgeNames = [
  '"__proto__"',
  '"constructor"',
  '"prototype"',
  '"toString"',
  '""',
  '"\\u0000"',
  '"$where"',
  '"a.b"',
  '"0"',
  '"\\ud800"',
  '"length"',
];

/** Values of JSON, written out. */
const edgeValues = [
  ...[
    "null",
    "true",
    "false",
    "0",
    "-0",
    "-1",
    "1.5",
    "1e999",
    "-1e999",
    "1e-400",
    "9007199254740993",
    "2147483648",
    "NaN",
  ],
  ...[
    "100000000000000000000000000000",
    '""',
    '" "',
    '"\\u0000"',
    '"\\ud800"',
    '"\\udfff\\ud800"',
    '"a\\u0000b"',
    '"null"',
    '"1"',
  ],
  ...[
    "[]",
    "{}",
    "[[]]",
    "[null]",
    "[1,2]",
    '{"__proto__":{"isAdmin":true}}',
    '{"constructor":{"prototype":{"isAdmin":true}}}',
  ],
  ...[
    '{"length":1e9}',
    '{"toString":1}',
    '{"then":1}',
    '{"toJSON":1}',
    '{"$gt":""}',
    `"${"a".repeat(10_000)}"`,
    `"${"é".repeat(300)}"`,
  ],
  ...[
    '"../../etc/passwd"',
    `"'; DROP TABLE users; --"`,
    '"<script>alert(1)</script>"',
    '"01900000-0000-7000-8000-00000000a11c"',
  ],
  ...[
    '"\\u202e"',
    '"\\uffff"',
    '"👩‍👩‍👧‍👦"',
    '"2026-13-45T99:99:99Z"',
    '"%00"',
    '"US\\u0000"',
    '"ＵＳ"',
    '"us"',
    "[[[[[[[[[[]]]]]]]]]]",
    "Infinity",
  ],
];

/** The body with one value, anywhere in it, replaced by `value`. */
function spliced(dice: Dice, good: unknown, value: string): string {
  const mark = "@@here@@";
  const places = placesIn(good);
  if (places.length === 0) return value;
  const chosen = places[dice.below(places.length)] as Place;
  const kept = chosen.holder[chosen.key];
  chosen.holder[chosen.key] = mark;
  const written = text(good).replace(`"${mark}"`, () => value);
  chosen.holder[chosen.key] = kept;
  return written;
}

function spliced0(good: unknown, value: string): string {
  const places = placesIn(good);
  const [place] = places;
  if (place === undefined) return value;
  const kept = place.holder[place.key];
  place.holder[place.key] = "@@here@@";
  const written = text(good).replace('"@@here@@"', () => value);
  place.holder[place.key] = kept;
  return written;
}

interface Place {
  readonly holder: Record<string, unknown>;
  readonly key: string;
}

function placesIn(value: unknown): Place[] {
  if (typeof value !== "object" || value === null) return [];
  const holder = value as Record<string, unknown>;
  return Object.keys(holder).flatMap((key) => [{ holder, key }, ...placesIn(holder[key])]);
}

function without(dice: Dice, good: unknown): unknown {
  const copy: unknown = structuredClone(good);
  const places = placesIn(copy);
  const place = places[dice.below(places.length)];
  if (place !== undefined) delete place.holder[place.key];
  return copy;
}

/** The text where it is JSON, else an empty object. */
function neutral(written: string): string {
  try {
    JSON.parse(written);
    return written;
  } catch {
    // What cannot be read cannot be spoilt a second time.
    return "{}";
  }
}
