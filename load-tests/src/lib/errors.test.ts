import { grpcError, restError } from "./errors.ts";

test.each([
  [14, "UNAVAILABLE"],
  [4, "DEADLINE_EXCEEDED"],
  [8, "RESOURCE_EXHAUSTED"],
  [16, "UNAUTHENTICATED"],
  [15, "other"],
  [99, "other"],
])("gRPC's status %d is %s", (status, code) => {
  expect(grpcError(status)).toBe(code);
});

test("REST's errors go by the problem's code, and by what k6 says where there is no answer", () => {
  expect(restError(503, "OVERLOADED", 1503)).toBe("OVERLOADED");
  expect(restError(502, undefined, 1502)).toBe("other");
  expect(restError(0, undefined, 1050)).toBe("DEADLINE_EXCEEDED");
  expect(restError(0, undefined, 1212)).toBe("NO_CONNECTION");
});
