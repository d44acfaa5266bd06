import type { SagaDocument } from "./documents.ts";
import { hasEnded, isBehind } from "./saga-progress.ts";

type Entry = SagaDocument["history"][number];

function entry(step: string, change: Partial<Entry> = {}): Entry {
  return { step, status: "Completed", message: "", attempt: 1, timestamp: "2026-01-31T09:30:01.000Z", ...change };
}

function saga(change: Partial<SagaDocument> = {}): SagaDocument {
  return {
    id: "01900000-0000-7000-8000-0000000000ab",
    orderId: "01900000-0000-7000-8000-0000000000aa",
    status: "InProgress",
    currentStep: "Pay",
    history: [entry("Reserve"), entry("Pay", { status: "Running", attempt: 2, timestamp: "2026-01-31T09:30:02.000Z" })],
    startedAt: "2026-01-31T09:30:00.000Z",
    ...change,
  };
}

describe("isBehind", () => {
  const later = "2026-01-31T09:30:03.000Z";
  it.each<[string, Partial<SagaDocument>, boolean]>([
    ["one with fewer steps", { history: [entry("Reserve")] }, true],
    ["one without any", { history: [] }, true],
    ["one with an earlier attempt", { history: [entry("Reserve"), entry("Pay", { status: "Exhausted" })] }, true],
    ["itself", {}, false],
    ["itself in another status", { status: "Parked" }, false],
    ["one with a step more", { history: [...saga().history, entry("Ship", { timestamp: later })] }, false],
    ["what a new owner does again", { history: [entry("Reserve", { status: "Running", timestamp: later })] }, false],
    ["one with another step", { history: [entry("Refund")] }, false],
    ["the last one", { status: "Compensated", history: [entry("Reserve")] }, false],
  ])("takes %s for what it is", (_name, change, expected) => {
    expect(isBehind(saga(change), saga())).toBe(expected);
  });
});

describe("hasEnded", () => {
  it("is so for the three ends, and for nothing before", () => {
    const ends = (["Completed", "Failed", "Compensated"] as const).map(hasEnded);
    const others = (["Started", "InProgress", "Compensating", "Parked"] as const).map(hasEnded);

    expect([...new Set(ends)]).toEqual([true]);
    expect([...new Set(others)]).toEqual([false]);
  });
});
