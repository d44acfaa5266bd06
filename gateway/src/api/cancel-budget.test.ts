import { createCancelBudget } from "./cancel-budget.ts";

describe("createCancelBudget", () => {
  it("cancels so many at once, and so many a second from then on", () => {
    let now = 0;
    const cancel = jest.fn();
    const budget = createCancelBudget({ burst: 3, perSecond: 2 }, () => now);
    const tryFour = () => {
      for (let n = 0; n < 4; n++) budget.cancelIfAllowed(cancel);
    };

    tryFour();
    expect(cancel).toHaveBeenCalledTimes(3);
    now = 1_000;
    tryFour();
    expect(cancel).toHaveBeenCalledTimes(5);
    now = 60_000;
    tryFour();
    expect(cancel).toHaveBeenCalledTimes(8);
  });

  it("keeps what has to be cancelled until it may be", () => {
    jest.useFakeTimers();
    try {
      let now = 0;
      const cancel = jest.fn();
      const budget = createCancelBudget({ burst: 1, perSecond: 1 }, () => now);
      budget.cancelSoon(cancel);
      budget.cancelSoon(cancel);
      jest.advanceTimersByTime(500);
      expect(cancel).toHaveBeenCalledTimes(1);
      now = 1_000;
      jest.advanceTimersByTime(500);
      expect(cancel).toHaveBeenCalledTimes(2);
    } finally {
      jest.useRealTimers();
    }
  });
});
