import { setImmediate as turn } from "node:timers/promises";
import {
  acceptCorrelationId,
  acceptTraceparent,
  currentCorrelation,
  newCorrelationId,
  runWithCorrelation,
  traceIdOf,
} from "./correlation.ts";

test("keeps two requests apart across awaits", async () => {
  async function request(correlationId: string): Promise<string | undefined> {
    await turn();
    expect(currentCorrelation()?.correlationId).toBe(correlationId);
    await turn();
    return currentCorrelation()?.correlationId;
  }
  const both = ["a", "b"].map((correlationId) => runWithCorrelation({ correlationId }, () => request(correlationId)));
  expect(await Promise.all(both)).toEqual(["a", "b"]);
  expect(currentCorrelation()).toBeUndefined();
});

test("accepts a token of at most 128 characters", () => {
  for (const value of ["a", "req-1.2_3~4", newCorrelationId(), "x".repeat(128)]) {
    expect(acceptCorrelationId(value)).toBe(value);
  }
});

const refused = [undefined, "", "x".repeat(129), "a b", "a\nb", "ä", 'a"b', "a,b"];

test.each(refused)("replaces %j by a new one", (value) => {
  const accepted = acceptCorrelationId(value);
  expect(accepted).not.toBe(value);
  expect(acceptCorrelationId(accepted)).toBe(accepted);
});

test("reads the trace id of a well-formed traceparent", () => {
  const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  expect(traceIdOf(traceparent)).toBe("4bf92f3577b34da6a3ce929d0e0e4736");
  expect(acceptTraceparent(traceparent)).toBe(traceparent);
});

const malformed = [
  undefined,
  "",
  "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
  "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
  "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
  "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
  "00-4BF92F3577B34DA6A3CE929D0E0E4736-00F067AA0BA902B7-01",
];

test.each(malformed)("takes no trace id from %j", (value) => {
  expect(traceIdOf(value)).toBeUndefined();
  expect(acceptTraceparent(value)).toBeUndefined();
});
