import { brief, clock, milliseconds, percent, short, span, whole } from "./numbers.ts";

test("large numbers are grouped", () => {
  expect([0, 999, 1000, 12_345.6, 1_234_567].map(whole)).toEqual(["0", "999", "1,000", "12,346", "1,234,567"]);
});

test("small numbers have a decimal", () => {
  expect([0, 0.25, 9.94, 10, 1234].map(short)).toEqual(["0", "0.3", "9.9", "10", "1,234"]);
  expect(milliseconds(1234.5)).toBe("1,235 ms");
  expect([999, 1234, 12_345].map(brief)).toEqual(["999 ms", "1.23 s", "12.3 s"]);
});

test("a little is never shown as nothing, nor nearly all as all", () => {
  expect([0, 0.0001, 0.001, 0.05, 0.123, 0.9995, 1].map(percent)).toEqual([
    "0 %",
    "< 0.1 %",
    "0.1 %",
    "5 %",
    "12.3 %",
    "> 99.9 %",
    "100 %",
  ]);
});

test("times are told as people tell them", () => {
  expect([0, 7.5, 65, 1140].map(clock)).toEqual(["0:00", "0:08", "1:05", "19:00"]);
  expect([0.5, 13.5, 48, 60, 90, 960].map(span)).toEqual(["0.5 s", "13.5 s", "48 s", "1 min", "1:30 min", "16 min"]);
});
