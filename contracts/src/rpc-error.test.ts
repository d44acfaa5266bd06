import type { RpcError } from "./interaction.ts";
import { toErrorJson, toStatus } from "./rpc-error.ts";

const told: [string, RpcError, object][] = [
  ["a reason", { code: "FAILED_PRECONDITION", reason: "UNDONE" }, { reason: "UNDONE" }],
  ["its fields", { code: "INVALID_ARGUMENT", fields: ["a", "b[0].c"] }, { fields: ["a", "b[0].c"] }],
  ["one of our codes", { code: "RESOURCE_EXHAUSTED", reason: "RATE_LIMITED" }, { reason: "RATE_LIMITED" }],
  ["when to ask again", { code: "RESOURCE_EXHAUSTED", reason: "OVERLOADED", retry: true }, { retry: true }],
  ["nothing more", { code: "NOT_FOUND" }, { reason: "NOT_FOUND" }],
  ["a reason that is another status's code", { code: "UNAVAILABLE", reason: "ABORTED" }, { reason: "ABORTED" }],
];
it.each(told)("reads an error with %s as it was sent", (_, error, details) => {
  expect(toErrorJson(toStatus(error))).toMatchObject({ code: error.code, ...details });
});

it("reads an error without details by its status alone", () => {
  expect(toErrorJson({ code: 14, metadata: toStatus({ code: "ABORTED" }).metadata.clone() })).toMatchObject({
    code: "UNAVAILABLE",
  });
  expect(toErrorJson({ code: 4, metadata: undefined as never })).toEqual({ code: "DEADLINE_EXCEEDED" });
});

it("sends no status that there is not", () => {
  expect(() => toStatus({ code: "TEAPOT" })).toThrow("TEAPOT is no gRPC status");
});
