import { AppError, errorCodes, validationFailed } from "./errors.ts";
import { httpStatusOf, retryAfterSeconds, toProblem } from "./problem.ts";

test("answers violations as errors", () => {
  const violations = [{ field: "items[0].quantity", message: "must be from 1 to 10,000" }];
  expect(toProblem(validationFailed(violations))).toEqual({
    type: "urn:shop:problem:validation-failed",
    title: "The request is not valid",
    status: 400,
    code: "VALIDATION_FAILED",
    detail: "items[0].quantity: must be from 1 to 10,000",
    errors: violations,
  });
});

test("tells nothing of a defect", () => {
  const problem = toProblem(new AppError("INTERNAL", "password is hunter2", { cause: new Error("hunter3") }));
  expect(JSON.stringify(problem)).not.toContain("hunter");
  expect(problem.status).toBe(500);
});

test.each(errorCodes)("has an error status for %s", (code) => {
  expect(httpStatusOf(code)).toBeGreaterThanOrEqual(400);
});

test("rounds the time to wait up to whole seconds", () => {
  const waiting = (retryAfterMs?: number) => retryAfterSeconds(new AppError("OVERLOADED", "Later.", { retryAfterMs }));
  expect([waiting(), waiting(0), waiting(1), waiting(1001)]).toEqual([undefined, 1, 1, 2]);
});
