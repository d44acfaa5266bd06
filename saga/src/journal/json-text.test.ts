import { JournalRefusedError } from "../journal.ts";
import { jsonTextOf } from "./json-text.ts";

const held = [
  "",
  "plain",
  "a\ttab\u0001",
  "\\u0000",
  "\\\\u0000",
  "C:\\udata",
  "é 😀",
  { "\\ud800": ["\\ud83d"] },
  null,
];
const unheld = ["\0", "a\\\0", "\\\\\0", "\ud83d", "\udc00\ud83d", "x\ude00", { "\0": 1 }, [{ a: ["\ud800"] }]];

test.each(held)("writes %j as JSON", (value) => {
  expect(jsonTextOf("data", value)).toBe(JSON.stringify(value));
});

test.each(unheld)("refuses %j, which jsonb cannot hold", (value) => {
  expect(() => jsonTextOf("data", value)).toThrow(JournalRefusedError);
});

test.each([10n, undefined, () => {}])("refuses %p, for which JSON has no form", (value) => {
  expect(() => jsonTextOf("data", value)).toThrow(JournalRefusedError);
});

test("refuses what refers to itself, and names it", () => {
  const loop: { self?: unknown } = {};
  loop.self = loop;
  expect(() => jsonTextOf("the saga's data", loop)).toThrow(/^the saga's data: .*circular/i);
});
