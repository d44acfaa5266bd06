import { AppError } from "@shop/platform/errors";
import type { ClaimedEvent } from "../store/claim-events.ts";
import { settlementOf } from "./relay-policy.ts";

const policy = { maxFaults: 10, retryDelayMs: 1000, maxRetryDelayMs: 300_000, maxAwayDelayMs: 10_000 };
const error = new AppError("INTERNAL", "a \0 fault \ud800");

function claimed(attempts: number, faults: number): ClaimedEvent {
  return { eventId: "e", sagaId: "s", orderId: "o", type: "domain.order.OrderCompleted", attempts, faults };
}

function delaysOf(kind: "failed" | "away", fraction: number): number[] {
  return Array.from({ length: 12 }, (_, calls) => {
    const event = claimed(calls, kind === "failed" ? calls : 0);
    const settlement = settlementOf(event, { kind, error }, { ...policy, maxFaults: 100 }, fraction);
    return settlement.kind === "retry" ? settlement.delayMs : Number.NaN;
  });
}

it("doubles the delay with each fault, up to 5 minutes, spread over its second half", () => {
  const seconds = [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300];
  expect(delaysOf("failed", 1 - Number.EPSILON).map((ms) => Math.round(ms / 1000))).toEqual(seconds);
  expect(delaysOf("failed", 0)).toEqual(seconds.map((count) => count * 500));
});

it("asks at least every 10 seconds for a receiver that is away", () => {
  expect(delaysOf("away", 0)).toEqual([500, 1000, 2000, 4000, ...Array(8).fill(5000)]);
});

it("gives an event up with the last fault that is allowed, however often its receiver was away", () => {
  expect(settlementOf(claimed(500, 8), { kind: "failed", error }, policy, 0)).toMatchObject({
    kind: "retry",
    isFault: true,
  });
  expect(settlementOf(claimed(500, 9), { kind: "failed", error }, policy, 0)).toMatchObject({
    kind: "poisoned",
    reason: "INTERNAL",
  });
  expect(settlementOf(claimed(500, 9), { kind: "away", error }, policy, 0)).toMatchObject({
    kind: "retry",
    isFault: false,
  });
});

it("gives an event up at once that is refused, by the refusal's own reason", () => {
  const refusal = new AppError("FAILED_PRECONDITION", "no", { reason: "NO_RECIPIENT" });
  expect(settlementOf(claimed(0, 0), { kind: "refused", error: refusal }, policy, 0)).toMatchObject({
    kind: "poisoned",
    reason: "NO_RECIPIENT",
  });
});

it("keeps of an error what a database can hold", () => {
  expect(settlementOf(claimed(0, 0), { kind: "failed", error }, policy, 0)).toMatchObject({
    error: "INTERNAL: a  fault \ufffd",
  });
});

it("leaves what was not sent as it was", () => {
  expect(settlementOf(claimed(3, 1), { kind: "unsent" }, policy, 0)).toEqual({
    event: claimed(3, 1),
    kind: "released",
  });
});
