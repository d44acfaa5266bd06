import { mixed, smoke } from "../lib/profiles.ts";
import { counter, inputWith, rate, summaryWith, trend } from "./_run.ts";
import { resultOf } from "./result.ts";

test("a run's numbers are k6's", () => {
  expect(resultOf(inputWith())).toMatchObject({
    test: "spike",
    isPassed: true,
    startedAt: "2026-03-01T12:00:00.000Z",
    seconds: 300,
    peakUsers: 100,
    main: { count: 1000, p50: 42, p95: 180, p99: 640 },
    requests: 3000,
    errors: 3,
    undos: 212,
    outcomes: [
      { outcome: "Completed", count: 900 },
      { outcome: "PAYMENT_DECLINED", count: 100 },
    ],
    lines: [{ door: "rest", kind: "place", errors: 3, durations: { count: 600 } }],
    errorCodes: [{ code: "OVERLOADED", count: 3 }],
  });
});

test("a series has a point for each slot, and no durations where nothing was answered", () => {
  const { series } = resultOf(inputWith());
  expect(series).toHaveLength(60);
  expect(series[0]).toMatchObject({ atSeconds: 0, users: 5, perSecond: 10, durations: { p95: 30 }, errorShare: 0 });
  expect(series[1]).toEqual({
    atSeconds: 5,
    users: 0,
    perSecond: 0,
    durations: { count: 0 },
    requests: 0,
    errorShare: 0,
  });
  expect(series[2]).toMatchObject({ atSeconds: 10, users: 100, perSecond: 20, requests: 300, errorShare: 0.01 });
});

test("the last slot of a run that is no multiple of slots is taken for as short as it is", () => {
  const input = inputWith({ slots: { count: 2, seconds: 200 } });
  const summary = summaryWith({ "order_creation_duration{slot:1}": trend(100, 1, 2, 3) });
  expect(resultOf({ ...input, summary }).series[1]?.perSecond).toBe(1);
});

test("the test of payments is about its calls", () => {
  const summary = summaryWith({
    request_duration: trend(3000, 8, 20, 30),
    dropped_iterations: { ...counter(4), thresholds: { "count<30": { ok: true } } },
    "outcomes{outcome:charged}": counter(2300),
    "request_errors{door:grpc,kind:RefundPayment}": rate(0, 600),
    "request_duration{door:grpc,kind:RefundPayment}": trend(600, 9, 22, 31),
  });
  expect(resultOf(inputWith({ profile: mixed, summary }))).toMatchObject({
    test: "mixed",
    main: { count: 3000, p95: 20 },
    dropped: 4,
    outcomes: [{ outcome: "charged", count: 2300 }],
    lines: [{ door: "grpc", kind: "RefundPayment" }],
    targets: ["gRPC 127.0.0.1:9082"],
  });
});

test("neither passwords nor what setup() gave the users gets into the result", () => {
  const summary = { ...summaryWith(), setup_data: { token: { value: "a-token-of-alice" } } };
  const written = JSON.stringify(resultOf(inputWith({ summary })));
  expect(written).not.toMatch(/a-secret|a-token/);
});

test("one user goes through both doors by turns, many are shared between them", () => {
  expect(resultOf(inputWith({ profile: smoke })).doors).toBe("REST and gRPC by turns");
  expect(resultOf(inputWith()).doors).toBe("REST and gRPC, half of the users each");
});
