import { AppError } from "@shop/platform/errors";
import type { SagaDocument } from "../domain/documents.ts";
import { createNewest } from "./newest.ts";
import { hasSeenAll, type SagaEventsSource, sagaEvents } from "./saga-events.ts";

function saga(attempt: number, status: SagaDocument["status"] = "InProgress"): SagaDocument {
  const timestamp = "2026-01-31T09:30:00.000Z";
  return {
    id: "01900000-0000-7000-8000-0000000000ab",
    orderId: "01900000-0000-7000-8000-0000000000aa",
    status,
    currentStep: "Pay",
    history: [{ step: "Pay", status: "Running", message: "", attempt, timestamp }],
    startedAt: timestamp,
  };
}

/** Reads in the background what a stream sends. */
function read(change: Partial<SagaEventsSource> = {}) {
  const states = createNewest<SagaDocument>();
  const times = { heartbeatMs: 15_000, recheckMs: 5_000 };
  const told: string[] = [];
  const source = { first: saga(1), states, lastEventId: undefined, check: () => undefined, times, ...change };
  const ended = (async () => {
    for await (const text of sagaEvents(source)) told.push(text);
  })();
  return { states, told, ended };
}

const comments = (told: readonly string[]) => told.filter((text) => text === ":\n\n").length;

describe("sagaEvents", () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it("sends a comment when nothing was sent for 15 s, and not before", async () => {
    const { states, told, ended } = read();
    await jest.advanceTimersByTimeAsync(14_999);
    expect(comments(told)).toBe(0);
    await jest.advanceTimersByTimeAsync(1);
    expect(comments(told)).toBe(1);
    await jest.advanceTimersByTimeAsync(14_999);
    expect(comments(told)).toBe(1);
    await jest.advanceTimersByTimeAsync(1);
    expect(comments(told)).toBe(2);
    states.end();
    await ended;
  });

  it("sends comments as often where it asks for the token more rarely", async () => {
    const { states, told, ended } = read({ times: { heartbeatMs: 15_000, recheckMs: 60_000 } });
    await jest.advanceTimersByTimeAsync(30_000);
    expect(comments(told)).toBe(2);
    states.end();
    await ended;
  });

  it("goes on for as long as a saga is parked, and tells no state twice", async () => {
    const { states, told, ended } = read({ first: saga(1, "Parked") });
    for (let minute = 0; minute < 10; minute++) {
      states.put(saga(1, "Parked"));
      await jest.advanceTimersByTimeAsync(60_000);
    }
    states.put(saga(2, "Compensated"));
    await ended;

    const events = told.flatMap((text) => /^event: (.*)$/m.exec(text)?.[1] ?? []);
    expect(events).toEqual(["saga", "saga", "end"]);
  });

  it("spreads the time after which clients come back over a second", async () => {
    const times = Array.from({ length: 50 }, () => {
      const { states, told } = read({ first: saga(1, "Completed") });
      states.end();
      return told;
    });
    await jest.advanceTimersByTimeAsync(0);
    const retries = times.map(([first]) => Number(/^retry: (\d+)\n\n$/.exec(first ?? "")?.[1]));

    expect(Math.min(...retries)).toBeGreaterThanOrEqual(1_000);
    expect(Math.max(...retries)).toBeLessThanOrEqual(2_000);
    expect(new Set(retries).size).toBeGreaterThan(1);
  });

  it("asks for the token within 5 s", async () => {
    let isGood = true;
    const check = () => {
      if (!isGood) throw new AppError("UNAUTHENTICATED", "The token has expired.");
    };
    const { told, ended } = read({ check });
    await jest.advanceTimersByTimeAsync(1);
    isGood = false;
    await jest.advanceTimersByTimeAsync(5_000);
    await ended;

    expect(told.at(-1)).toMatch(/^event: problem\ndata: \{.*"UNAUTHENTICATED"/);
  });
});

describe("hasSeenAll", () => {
  it.each([
    ["the end of a saga that has ended", "end-x", "Completed", true],
    ["the end of a saga that goes on", "end-x", "Parked", false],
    ["the last state of a saga that has ended", "x", "Completed", false],
    ["nothing", undefined, "Completed", false],
  ] as const)("judges who has seen %s", (_what, lastEventId, status, expected) => {
    expect(hasSeenAll(lastEventId, saga(1, status))).toBe(expected);
  });
});
