import { type DeadLetter, withLetter } from "./dead-letter.ts";

const left: DeadLetter = {
  kind: "left",
  step: "Charge",
  status: "Open",
  reason: "STEP_EXHAUSTED",
  attempts: 4,
  lastError: "no route",
};
const closed: DeadLetter = { kind: "closed", step: "Charge", status: "Kept" };
const other: DeadLetter = { kind: "closed", step: "Refund", status: "WorkedOff" };

test("what is left and closed before it is written is left closed", () => {
  expect(withLetter([other, left], closed)).toEqual([other, { ...left, status: "Kept" }]);
});

test("the later change of a step takes the place of the earlier", () => {
  expect(withLetter([left], { ...left, attempts: 5 })).toEqual([{ ...left, attempts: 5 }]);
  expect(withLetter([closed], left)).toEqual([left]);
  expect(withLetter([closed], { ...closed, status: "WorkedOff" })).toEqual([{ ...closed, status: "WorkedOff" }]);
});

test("the changes of other steps stay", () => {
  expect(withLetter([other], closed)).toEqual([other, closed]);
});
