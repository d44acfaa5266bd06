import { AppError } from "./errors.ts";
import { retryRead } from "./resilience-retry.ts";

const down = new AppError("UNAVAILABLE", "down");

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

describe("retryRead", () => {
  it("repeats until it succeeds", async () => {
    const read = jest.fn().mockRejectedValueOnce(down).mockRejectedValueOnce(down).mockResolvedValue("read");
    const result = retryRead(read, { attempts: 3 });
    await jest.advanceTimersByTimeAsync(5000);
    await expect(result).resolves.toBe("read");
    expect(read).toHaveBeenCalledTimes(3);
  });

  it("gives up with the last error after its attempts", async () => {
    const read = jest.fn().mockRejectedValue(down);
    const rejected = expect(retryRead(read, { attempts: 2 })).rejects.toBe(down);
    await jest.advanceTimersByTimeAsync(5000);
    await rejected;
    expect(read).toHaveBeenCalledTimes(2);
  });

  it.each([new AppError("NOT_FOUND", "none"), new AppError("UNAVAILABLE", "held back", { reason: "CIRCUIT_OPEN" })])(
    "does not repeat after $code $reason",
    async (err) => {
      const read = jest.fn().mockRejectedValue(err);
      await expect(retryRead(read, { attempts: 3 })).rejects.toBe(err);
      expect(read).toHaveBeenCalledTimes(1);
    },
  );

  it("stops waiting when its caller cancels", async () => {
    const controller = new AbortController();
    const read = jest.fn().mockRejectedValue(down);
    const rejected = expect(retryRead(read, { attempts: 5, signal: controller.signal })).rejects.toThrow();
    await jest.advanceTimersByTimeAsync(0);
    controller.abort();
    await jest.advanceTimersByTimeAsync(5000);
    await rejected;
    expect(read.mock.calls.length).toBeLessThan(5);
  });
});
