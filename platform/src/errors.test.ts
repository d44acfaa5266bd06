import { AppError, fromUnknown, isConnectionFailure, publicMessage, validationFailed } from "./errors.ts";

test("keeps an AppError as it is", () => {
  const err = new AppError("NOT_FOUND", "There is no such order.");
  expect(fromUnknown(err)).toBe(err);
});

const thrown = [
  { name: "an aborted signal", err: AbortSignal.abort().reason, code: "CANCELLED" },
  { name: "a signal whose time ran out", err: new DOMException("late", "TimeoutError"), code: "DEADLINE_EXCEEDED" },
  { name: "a refused connection", err: withCode("connect ECONNREFUSED", "ECONNREFUSED"), code: "UNAVAILABLE" },
  { name: "a database that shuts down", err: withCode("terminating connection", "57P01"), code: "UNAVAILABLE" },
  { name: "a lost database connection", err: new Error("Connection terminated unexpectedly"), code: "UNAVAILABLE" },
  { name: "a statement that took too long", err: withCode("canceling statement", "57014"), code: "UNAVAILABLE" },
  { name: "a unique violation", err: withCode("duplicate key", "23505"), code: "INTERNAL" },
  { name: "a defect", err: new TypeError("x is not a function"), code: "INTERNAL" },
  { name: "something that is no error", err: "text", code: "INTERNAL" },
];

test.each(thrown)("makes $name $code and keeps it as the cause", ({ err, code }) => {
  expect(fromUnknown(err)).toMatchObject({ code, cause: err });
});

test("tells nothing of a defect", () => {
  expect(fromUnknown(new Error("password is hunter2")).message).not.toContain("hunter2");
  expect(publicMessage(new AppError("INTERNAL", "password is hunter2"))).not.toContain("hunter2");
});

test("names the first violation in the message and keeps them all", () => {
  const violations = [
    { field: "items", message: "has no line" },
    { field: "order_id", message: "is no UUID" },
  ];
  expect(validationFailed(violations)).toMatchObject({
    code: "VALIDATION_FAILED",
    message: "items: has no line (and 1 more)",
    violations,
  });
});

test("does not take an AppError for a connection failure", () => {
  expect(isConnectionFailure(new AppError("UNAVAILABLE", "Connection terminated"))).toBe(false);
});

function withCode(message: string, code: string): Error {
  return Object.assign(new Error(message), { code });
}
