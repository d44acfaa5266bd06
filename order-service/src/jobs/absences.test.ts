import { createAbsences } from "./absences.ts";

it("is nobody's fault at first, nor while nothing at all is taken", () => {
  const absences = createAbsences();
  absences.taken("before");
  for (let turn = 0; turn < 20; turn++)
    expect([1, 2].map((id) => absences.isOwnFault(`${id}`))).toEqual([false, false]);
});

it("is the event's own fault where others were taken since, once for each time", () => {
  const absences = createAbsences();
  absences.isOwnFault("a");
  absences.taken("b");
  absences.taken("c");
  expect(absences.isOwnFault("a")).toBe(true);
  expect(absences.isOwnFault("a")).toBe(false);
  absences.taken("d");
  expect(absences.isOwnFault("a")).toBe(true);
});

it("begins anew with an event that was taken", () => {
  const absences = createAbsences();
  absences.isOwnFault("a");
  absences.taken("a");
  expect(absences.isOwnFault("a")).toBe(false);
});

it("forgets the first of more than ten thousand", () => {
  const absences = createAbsences();
  for (let id = 0; id <= 10_000; id++) absences.isOwnFault(`${id}`);
  absences.taken("other");
  expect(absences.isOwnFault("1")).toBe(true);
  expect(absences.isOwnFault("0")).toBe(false);
});
