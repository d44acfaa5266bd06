import { AppError, type ErrorCode } from "@shop/platform/errors";
import type { SagaDocument } from "../domain/documents.ts";
import { followSaga, type OpenStates } from "./follow-saga.ts";

const times = { firstStateMs: 250, lostMs: 250 };

function saga(attempt: number, status: SagaDocument["status"] = "InProgress"): SagaDocument {
  const timestamp = new Date(Date.UTC(2026, 0, 31, 9, 30, attempt)).toISOString();
  return {
    id: "01900000-0000-7000-8000-0000000000ab",
    orderId: "01900000-0000-7000-8000-0000000000aa",
    status,
    currentStep: "Pay",
    history: [{ step: "Pay", status: "Running", message: "", attempt, timestamp }],
    startedAt: "2026-01-31T09:30:00.000Z",
  };
}

function refusal(code: ErrorCode): AppError {
  return new AppError(code, "It is so.");
}

/** Opens, one after the other, streams that give these states and then break off; the last one stays open. */
function streams(...plan: (SagaDocument | ErrorCode)[][]): { open: OpenStates; opened: () => number } {
  let opened = 0;
  return {
    opened: () => opened,
    open: async function* () {
      const states = plan[opened++] ?? plan.at(-1) ?? [];
      for (const state of states) {
        if (typeof state === "string") throw refusal(state);
        yield state;
      }
    },
  };
}

async function attempts(source: AsyncGenerator<SagaDocument>): Promise<number[]> {
  const seen: number[] = [];
  for await (const { history } of source) seen.push(history[0]?.attempt ?? 0);
  return seen;
}

const signal = new AbortController().signal;

describe("followSaga", () => {
  it("goes on over streams that break off, whatever the reason, and gives no state twice and none from before", async () => {
    const { open, opened } = streams(
      [saga(1), saga(2), "UNAVAILABLE"],
      ["OVERLOADED"],
      ["DEADLINE_EXCEEDED"],
      [saga(1), saga(2), saga(3), "INTERNAL"],
      [saga(3)],
      [saga(3), saga(4, "Completed")],
    );

    await expect(attempts(followSaga(open, signal, { ...times, lostMs: 20_000 }))).resolves.toEqual([1, 2, 3, 4]);
    expect(opened()).toBe(6);
  });

  it.each<ErrorCode>(["NOT_FOUND", "UNAUTHENTICATED", "OVERLOADED", "INTERNAL"])(
    "throws %s where the first state is refused so",
    async (code) => {
      const { open, opened } = streams([code]);

      await expect(attempts(followSaga(open, signal, times))).rejects.toMatchObject({ code });
      expect(opened()).toBe(1);
    },
  );

  it("asks again for the first state while nobody is there, up to its time", async () => {
    const late = streams(["UNAVAILABLE"], [saga(1, "Failed")]);
    const never = streams(["UNAVAILABLE"]);

    await expect(attempts(followSaga(late.open, signal, times))).resolves.toEqual([1]);
    await expect(attempts(followSaga(never.open, signal, times))).rejects.toMatchObject({ code: "UNAVAILABLE" });
    expect(never.opened()).toBeGreaterThan(1);
  });

  it("gives up a stream under way that is not taken up again in its time, or may not be", async () => {
    const lost = streams([saga(1), "UNAVAILABLE"], ["UNAVAILABLE"]);
    const revoked = streams([saga(1), "UNAVAILABLE"], ["UNAUTHENTICATED"]);

    await expect(attempts(followSaga(lost.open, signal, times))).rejects.toMatchObject({ code: "UNAVAILABLE" });
    expect(lost.opened()).toBeGreaterThan(1);
    await expect(attempts(followSaga(revoked.open, signal, times))).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
    expect(revoked.opened()).toBe(2);
  });

  it("counts the time that a stream may be lost from when it broke off, however long it stood before", async () => {
    let now = 0;
    const clock = jest.spyOn(performance, "now").mockImplementation(() => now);
    try {
      const { open } = streams([saga(1), "UNAVAILABLE"], [saga(2), saga(3, "Completed")]);
      const following = followSaga(open, signal, { ...times, lostMs: 60_000 });
      await following.next();
      now = 600_000;

      await expect(attempts(following)).resolves.toEqual([2, 3]);
    } finally {
      clock.mockRestore();
    }
  });

  it("breaks a stream off whose first state does not come", async () => {
    const open: OpenStates = async function* (given) {
      await new Promise((_resolve, reject) => given.addEventListener("abort", () => reject(given.reason)));
      yield saga(1);
    };

    await expect(attempts(followSaga(open, signal, times))).rejects.toMatchObject({ code: "UNAVAILABLE" });
  });

  it("ends when its reader goes away, also while it waits to ask again", async () => {
    const leaving = new AbortController();
    const { open } = streams([saga(1), "UNAVAILABLE"], ["UNAVAILABLE"]);
    const following = followSaga(open, leaving.signal, { ...times, lostMs: 60_000 });
    await following.next();
    const next = following.next();
    leaving.abort();

    await expect(next).rejects.toThrow();
  });
});
