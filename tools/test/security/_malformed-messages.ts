import type { DescMessage } from "@bufbuild/protobuf";
import type { Dice } from "./_dice.ts";
import { messageOf, partsOf } from "./_plausible.ts";
import { BYTES, bytesField, FIXED32, FIXED64, GROUP_START, longVarint, tag, varint, varintField } from "./_wire.ts";

/** A way to make a message that is not what its schema says. */
export type Malformation = (dice: Dice, schema: DescMessage) => Buffer;

/** The ways that cost little, and are taken most of the time. */
export const lightMalformations: Readonly<Record<string, Malformation>> = {
  randomBytes: (dice) => dice.bytes(dice.below(200)),
  truncated: (dice, schema) => {
    const message = messageOf(dice, schema);
    return message.subarray(0, dice.below(message.length + 1));
  },
  flippedBits: (dice, schema) => {
    const message = messageOf(dice, schema);
    for (let times = dice.below(8); times >= 0 && message.length > 0; times -= 1) {
      const at = dice.below(message.length);
      message.writeUInt8(message.readUInt8(at) ^ (1 << dice.below(8)), at);
    }
    return message;
  },
  wrongWireTypes: (dice, schema) =>
    Buffer.concat(partsOf(dice, schema).map(({ field }) => withAnyWireType(dice, field.number))),
  longVarints: (dice, schema) =>
    Buffer.concat(
      partsOf(dice, schema).map(({ field }) =>
        Buffer.concat([
          longVarint(field.number * 8 + dice.pick([0, 2]), 2 + dice.below(10)),
          longVarint(1, 1 + dice.below(12)),
        ]),
      ),
    ),
  lyingLengths: (dice, schema) => {
    const [part] = partsOf(dice, schema);
    const length = dice.pick([-1, 2 ** 31, 2 ** 32 - 1, 2n ** 53n, 2n ** 63n, 1000, 1]);
    return Buffer.concat([tag(part?.field.number ?? 1, BYTES), varint(length), dice.bytes(dice.below(20))]);
  },
  nested: (dice, schema) => deep(dice, schema, 2 + dice.below(100)),
  groups: (dice) => Buffer.alloc(1 + dice.below(300), tag(1 + dice.below(15), GROUP_START)),
  unknownFields: (dice, schema) =>
    Buffer.concat([messageOf(dice, schema), ...Array.from({ length: dice.below(50) }, () => unknownField(dice))]),
  impossibleFields: (dice) =>
    Buffer.concat([tag(dice.pick([0, 2 ** 29, 19_000]), dice.below(8)), dice.bytes(dice.below(9))]),
  edgeValues: messageOf,
  twice: (dice, schema) => Buffer.concat([messageOf(dice, schema), messageOf(dice, schema)]),
  empty: () => Buffer.alloc(0),
};

/** The ways that make a message of up to the greatest size; a few of them go a long way. */
export const heavyMalformations: Readonly<Record<string, Malformation>> = {
  hugeText: (dice, schema) =>
    bytesField(firstField(dice, schema), Buffer.alloc(largestText(dice), dice.pick(["a", "\0", "é", "\xff"]))),
  repeated: (dice, schema) => repeat(bytesField(firstField(dice, schema), Buffer.alloc(0)), 100_000),
  repeatedNumbers: (dice, schema) => repeat(varintField(firstField(dice, schema), 1), 100_000),
  unknownInMasses: (dice) => repeat(varintField(1000 + dice.below(100), 1), 100_000),
  unknownTextInMasses: () => repeat(bytesField(2000, Buffer.from("x")), 100_000),
  deeplyNested: (dice, schema) => deep(dice, schema, 50_000),
  deepGroups: () => repeat(tag(1000, GROUP_START), 300_000),
  invalidTextInMasses: (dice, schema) => repeat(bytesField(firstField(dice, schema), Buffer.from([0xff])), 100_000),
  messagesInMasses: (dice, schema) => repeat(messageOf(dice, schema), 20_000),
};

/** The greatest message that a door takes. */
const limitBytes = 1024 * 1024;

function largestText(dice: Dice): number {
  return dice.pick([100_000, limitBytes - 100, limitBytes - 5]);
}

function repeat(part: Buffer, times: number): Buffer {
  return Buffer.alloc(Math.min(part.length * times, limitBytes - (limitBytes % Math.max(1, part.length))), part);
}

function firstField(dice: Dice, schema: DescMessage): number {
  return schema.fields.length === 0 ? 1 : dice.pick(schema.fields).number;
}

/** A field that holds itself, over and over, up to the greatest size; the innermost holds nothing. */
function deep(dice: Dice, schema: DescMessage, levels: number): Buffer {
  const number = firstField(dice, schema);
  const heads: Buffer[] = [];
  for (let level = 0, length = 0; level < levels && length < limitBytes - 10; level += 1) {
    const head = Buffer.concat([tag(number, BYTES), varint(length)]);
    heads.push(head);
    length += head.length;
  }
  return Buffer.concat(heads.reverse());
}

function withAnyWireType(dice: Dice, field: number): Buffer {
  const wireType = dice.below(8);
  const values: Record<number, () => Buffer> = {
    0: () => varint(dice.below(1000)),
    [FIXED64]: () => dice.bytes(8),
    [BYTES]: () => Buffer.concat([varint(3), dice.bytes(3)]),
    [FIXED32]: () => dice.bytes(4),
  };
  return Buffer.concat([tag(field, wireType), values[wireType]?.() ?? Buffer.alloc(0)]);
}

function unknownField(dice: Dice): Buffer {
  return withAnyWireType(dice, 100 + dice.below(1_000_000));
}
