import type { Engine } from "../src/index.ts";
import type { StepCall, StepOutcome } from "../src/outcome.ts";
import { done, refuse, type Trip, type TripSteps } from "./_trip.ts";
import { trip, World } from "./_world.ts";

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

const blocked = async () => ({ kind: "blocked", message: "the breaker is open" }) as const;

describe("a wake", () => {
  test("that comes while the call is under way makes the park that follows it due at once", async () => {
    const journal = world.journal();
    let wakes = 0;
    const wake: typeof journal.wake = (names) => {
      wakes++;
      return journal.wake(names);
    };
    let charge: () => Promise<StepOutcome<Trip>> = blocked;
    const engine = await world.start({ charge: () => charge() }, { journal: { ...journal, wake } });
    await parkFor10Seconds(engine);
    let wasWoken = false;
    charge = async () => {
      charge = done;
      await engine.wake(["Charge"]);
      wasWoken = true;
      return { kind: "blocked", message: "the breaker was open" };
    };
    await world.clock.until(() => wasWoken, 20_000);
    await world.clock.advance(1000);
    expect(world.status).toBe("Completed");
    expect(wakes).toBe(1);
  });

  test("that comes while the park is being written wakes it when it is written", async () => {
    const journal = world.journal();
    let whileWriting = async () => {};
    const write: typeof journal.write = async (change) => {
      await whileWriting();
      return journal.write(change);
    };
    let charge: () => Promise<StepOutcome<Trip>> = blocked;
    const engine = await world.start({ charge: () => charge() }, { journal: { ...journal, write } });
    await parkFor10Seconds(engine);
    let wasWoken = false;
    whileWriting = async () => {
      whileWriting = async () => {};
      charge = done;
      await engine.wake(["Charge"]);
      wasWoken = true;
    };
    await world.clock.until(() => wasWoken, 20_000);
    await world.clock.advance(1000);
    expect(world.status).toBe("Completed");
  });

  test("of another step changes nothing", async () => {
    const calls: number[] = [];
    const engine = await world.start({
      book: async () => {
        calls.push(world.clock.now());
        await engine.wake(["Charge"]);
        return { kind: "blocked", message: "" };
      },
    });
    await engine.submit(trip());
    await world.clock.advance(900);
    expect(calls).toHaveLength(1);
  });
});

describe("the wait for a participant", () => {
  const parks = [1000, 2000, 4000, 8000, 10_000, 10_000];
  const retries = [500, 1000, 2000, 4000, 8000, 10_000, 10_000];

  test.each([
    ["a step that is blocked", "holdSeat", { kind: "blocked", message: "" }, parks],
    ["a step that is out of retries", "holdSeat", { kind: "unknown", message: "" }, [500, 1000, 2000, ...parks]],
    ["an undo that is blocked", "refund", { kind: "blocked", message: "" }, parks],
    ["an undo that is not answered", "refund", { kind: "unknown", message: "" }, retries],
  ] as const)("for %s grows, and only so far", async (_, step, answer, delays) => {
    const calls: number[] = [];
    const call = async () => {
      calls.push(world.clock.now());
      return answer;
    };
    const engine = await world.start({ book: refuse("NO_ROOM"), [step]: call });
    await engine.submit(trip());
    await world.clock.advance(60_000);
    for (const [index, delayMs] of delays.entries()) {
      const waited = (calls[index + 1] ?? 0) - (calls[index] ?? 0);
      expect(waited).toBeGreaterThanOrEqual(delayMs - 1);
      expect(waited).toBeLessThan(delayMs + 150);
    }
  });
});

test.each(["blocked", "unknown"] as const)(
  "a turned saga of a lost owner waits for an undo that is %s longer and longer, since it was parked first",
  async (kind) => {
    const calls: number[] = [];
    const cancelled: number[] = [];
    const engine = await world.start({
      book: () => new Promise<never>(() => {}),
      cancel: async () => {
        cancelled.push(world.clock.now());
        return { kind: "done" };
      },
      refund: async () => {
        calls.push(world.clock.now());
        return { kind, message: "" };
      },
    });
    await engine.submit(trip());
    await engine.compensate("saga-1", { actor: "oscar", reason: "it hangs" });
    await world.clock.advance(120_000);

    // Each owner cancels again (U2), which is no progress of what the saga is parked on.
    const waits = calls.slice(1).map((at, index) => at - (calls[index] ?? 0));
    expect(waits.filter((ms) => ms > 9000).length).toBeGreaterThan(8);
    expect(cancelled.length).toBe(calls.length);
    const [first] = kind === "blocked" ? calls : calls.slice(3);
    expect(world.database.row.parkedAt).toBeCloseTo(first ?? 0, -3);
  },
);

describe("an attempt", () => {
  /** The attempts' numbers of the calls of one step or undo, which are answered with `answers` and then with done. */
  async function attemptsAt(
    step: "charge" | "refund",
    answers: readonly ("underWay" | "unauthenticated" | "unknown")[],
  ) {
    const attempts: number[] = [];
    const steps: Partial<TripSteps> = {
      book: refuse("NO_ROOM"),
      [step]: async (_trip: Trip, call: StepCall) => {
        const kind = answers[attempts.length];
        attempts.push(call.attempt);
        return { kind: kind ?? "done", message: "" };
      },
    };
    const engine = await world.start(steps);
    await engine.submit(trip());
    await world.clock.until(() => attempts.length > answers.length, 60_000);
    return attempts;
  }

  test.each(["charge", "refund"] as const)("is not spent by asking again, however long (%s)", async (step) => {
    const attempts = await attemptsAt(step, Array(150).fill("underWay"));
    expect(new Set(attempts)).toEqual(new Set([1]));
    expect(world.eventsOf("parked")).toHaveLength(1);
  });

  test.each(["charge", "refund"] as const)("is not spent by the renewal of credentials (%s)", async (step) => {
    const attempts = await attemptsAt(step, Array(5).fill("unauthenticated"));
    expect(new Set(attempts)).toEqual(new Set([1]));
    expect(world.eventsOf("parked")).toHaveLength(2);
  });

  test.each(["charge", "refund"] as const)("is spent by an unknown outcome, asked again or not (%s)", async (step) => {
    const attempts = await attemptsAt(step, ["underWay", "unknown", "unknown", "unauthenticated", "unknown"]);
    expect(attempts).toEqual([1, 1, 2, 3, 3, 4]);
  });

  test("is counted anew for each step", async () => {
    let asked = 0;
    const engine = await world.start({
      holdSeat: async () => (++asked < 3 ? { kind: "underWay" } : { kind: "done" }),
    });
    await engine.submit(trip());
    await world.clock.advance(1000);
    expect(world.history).toContain("Charge Completed 1");
  });

  test.each(["charge", "refund"] as const)("renews although it was asked again before (%s)", async (step) => {
    await attemptsAt(step, ["underWay", "underWay", "underWay", "unauthenticated"]);
    expect(world.eventsOf("parked")).toEqual([]);
  });
});

/** Lets the trip be parked so often that it is for as long as the rules allow. */
async function parkFor10Seconds(engine: Engine<Trip, undefined>): Promise<void> {
  await engine.submit(trip());
  await world.clock.advance(20_000);
  expect(world.status).toBe("Parked");
}
