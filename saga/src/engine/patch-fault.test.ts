import { faultOfPatch } from "./patch-fault.ts";

test.each([
  ["nothing", undefined],
  ["what is left out", { seat: undefined }],
  ["plain data", { seat: "12A \u{1F600}", price: 4200, isPaid: true, note: null, legs: [{ from: "A" }] }],
  ["a date, which is written as text", { at: new Date(0) }],
  ["what is plain far down", nested(100, "text")],
])("finds no fault with %s", (_, patch) => {
  expect(faultOfPatch(patch)).toBeUndefined();
});

test.each([
  ["a NUL", { seat: "12\0A" }, "seat is text with a NUL"],
  ["half a character, however deep", { legs: [{ from: "\ud83d" }] }, "from is text with a NUL or half a character"],
  ["a bigint", { price: 10n }, "price is a bigint"],
  ["a number that is none", { price: Number.NaN }, "price is NaN"],
  ["a function", { cancel: () => 1 }, "cancel is a function"],
  ["a field whose name has a NUL", { "a\0": 1 }, "a field's name is not text"],
  ["half a character far down", nested(100, "\ud83d"), "half a character"],
  ["a circle", circle(), "circular"],
])("finds fault with %s", (_, patch, fault) => {
  expect(faultOfPatch(patch)).toContain(fault);
});

function circle(): object {
  const patch: { self?: object } = {};
  patch.self = patch;
  return patch;
}

function nested(levels: number, value: unknown): object {
  return { inner: levels === 0 ? value : nested(levels - 1, value) };
}
