import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import type { Dice } from "./_dice.ts";
import { bytesField, FIXED32, FIXED64, tag, varint, varintField } from "./_wire.ts";

/** One field of a message, encoded, with what it was made of. */
export interface Part {
  readonly field: DescField;
  readonly bytes: Buffer;
}

/** A message as its fields, each with a value that a caller might send, or now and then one that no caller should. */
export function partsOf(dice: Dice, schema: DescMessage, depth = 0): Part[] {
  const fields = schema.fields.filter(() => !dice.oneIn(6));
  return fields.flatMap((field) => {
    const times = field.fieldKind === "list" || field.fieldKind === "map" ? 1 + dice.below(3) : 1;
    return Array.from({ length: depth > 4 ? 0 : times }, () => ({ field, bytes: encode(dice, field, depth) }));
  });
}

/** A message of this kind, encoded. */
export function messageOf(dice: Dice, schema: DescMessage, depth = 0): Buffer {
  return Buffer.concat(partsOf(dice, schema, depth).map(({ bytes }) => bytes));
}

function encode(dice: Dice, field: DescField, depth: number): Buffer {
  if (field.fieldKind === "map") {
    const entry = [bytesField(1, textValue(dice, "key")), bytesField(2, textValue(dice, "value"))];
    return bytesField(field.number, Buffer.concat(entry));
  }
  if (field.message !== undefined) return bytesField(field.number, messageOf(dice, field.message, depth + 1));
  if (field.enum !== undefined) return varintField(field.number, dice.pick([0, 1, 2, 3, 5, 99, -1]));
  return encodeScalar(dice, field);
}

function encodeScalar(dice: Dice, { name, number, scalar }: DescField): Buffer {
  switch (scalar) {
    case ScalarType.STRING:
      return bytesField(number, textValue(dice, name));
    case ScalarType.BYTES:
      return bytesField(number, dice.bytes(dice.below(40)));
    case ScalarType.DOUBLE:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return Buffer.concat([tag(number, FIXED64), dice.bytes(8)]);
    case ScalarType.FLOAT:
    case ScalarType.FIXED32:
    case ScalarType.SFIXED32:
      return Buffer.concat([tag(number, FIXED32), dice.bytes(4)]);
    default:
      return Buffer.concat([tag(number, 0), varint(dice.pick(dice.oneIn(4) ? edgeNumbers : usualNumbers))]);
  }
}

const usualNumbers = [0, 1, 2, 3, 10, 100];
const edgeNumbers = [
  ...[-1, -2, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), 2 ** 32 - 1, 2 ** 32, 999_999_999, 1_000_000_000, -999_999_999],
  ...[2n ** 53n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n, 253_402_300_799n, 253_402_300_800n, -62_135_596_801n],
];

function textValue(dice: Dice, name: string): Buffer {
  if (dice.oneIn(4)) return dice.pick(edgeTexts);
  if (name.endsWith("_id") || name === "id") return Buffer.from(dice.pick([anyUuid(dice), knownUser, knownProduct]));
  if (name === "currency_code") return Buffer.from("USD");
  if (name === "country") return Buffer.from("US");
  if (name === "payment_method") return Buffer.from("pm_ok");
  return Buffer.from("word");
}

function anyUuid(dice: Dice): string {
  const hex = dice.bytes(16).toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
}

const knownUser = "01900000-0000-7000-8000-00000000a11c";
const knownProduct = "01900000-0000-7000-9000-000000000001";

/** Texts, and bytes that are none, that have brought down one program or another. */
export const edgeTexts: readonly Buffer[] = [
  ...["", " ", "\0", "a\0b", "00000000-0000-0000-0000-000000000000", "{01900000-0000-7000-8000-00000000a11c}"],
  ...["01900000-0000-7000-8000-00000000a11c\0", "01900000-0000-7000-8000-00000000A11C", "null", "undefined", "NaN"],
  ...[
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
    "'; DROP TABLE orders; --",
    "' OR '1'='1",
    "%00",
    "%s%n",
  ],
  ...["../../../../etc/passwd", "$" + "{jndi:ldap://127.0.0.1/a}", "{{7*7}}", "<script>alert(1)</script>", "\r\nx: y"],
  ...[
    "\u202e\u0000",
    "\ufeff",
    "\uffff",
    "👩‍👩‍👧‍👦".repeat(50),
    "é".normalize("NFD"),
    "İ".repeat(99),
    "ß".repeat(201),
    "a".repeat(300),
  ],
  ...[
    "a".repeat(10_000),
    "-1",
    "1e999",
    "0x10",
    "９９",
    "USD ",
    "usd",
    "XXX",
    "eyJhbGciOiJub25lIn0.e30.",
    "=",
    "MTIz",
    "e30=",
  ],
]
  .map((text) => Buffer.from(text))
  .concat([
    // No UTF-8: a lone continuation, a cut sequence, an overlong NUL and slash, a lone surrogate, beyond U+10FFFF, and Latin-1.
    ...[
      [0x80],
      [0xe2, 0x82],
      [0xc0, 0x80],
      [0xc0, 0xaf],
      [0xed, 0xa0, 0x80],
      [0xed, 0xbf, 0xbf],
      [0xf4, 0x90, 0x80, 0x80],
    ].map((bytes) => Buffer.from(bytes)),
    ...[
      [0xff, 0xfe, 0x00],
      [0x61, 0xe9, 0x62],
    ].map((bytes) => Buffer.from(bytes)),
  ]);
