import { ClosingError, OverloadedError } from "../src/index.ts";
import type { StepOutcome } from "../src/outcome.ts";
import { done, fail, refuse, type Trip } from "./_trip.ts";
import { trip, World } from "./_world.ts";

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

const blocked = async () => ({ kind: "blocked", message: "the breaker is open" }) as const;
const silent = () => new Promise<never>(() => {});

test("spends two commits on a good trip", async () => {
  const engine = await world.start();
  await engine.submit(trip());
  await world.clock.advance(0);
  expect(world.status).toBe("Completed");
  expect(world.database.log).toEqual(["Completed@1"]);
});

test("retries with growing delays, then parks and tells its waiter", async () => {
  const attempts: number[] = [];
  const engine = await world.start({
    charge: async () => {
      attempts.push(world.clock.now());
      return { kind: "unknown", message: "connection lost" };
    },
  });
  await engine.submit(trip());
  const settled = engine.settled("saga-1", { withinMs: 10_000 });
  await world.clock.advance(4000);
  expect(await settled).toMatchObject({ status: "Parked", currentStep: "Charge" });
  expect(world.history.at(-1)).toBe("Charge Exhausted 4");
  for (const [index, delayMs] of [500, 1000, 2000].entries()) {
    const waited = (attempts[index + 1] ?? 0) - (attempts[index] ?? 0);
    expect(waited).toBeGreaterThanOrEqual(delayMs);
    expect(waited).toBeLessThan(delayMs + 150);
  }
  expect(world.database.deadLetters.get("Charge")).toMatchObject({ status: "Open", lastError: "connection lost" });
});

test("turns a saga round that was parked on one step for too long", async () => {
  const engine = await world.start({ charge: fail("connection lost") });
  await engine.submit(trip());
  await world.clock.advance(45_000);
  expect(world.status).toBe("Compensated");
  expect(world.database.row.saga.failure).toMatchObject({ code: "STEP_EXHAUSTED", step: "Charge" });
  expect(world.database.deadLetters.get("Charge")?.status).toBe("Kept");
  expect(world.history.slice(-2)).toEqual(["Refund Completed 1", "ReleaseSeat Completed 1"]);
});

test("parks at once where the breaker is open, spends no attempt, and goes on when woken", async () => {
  let charge: () => Promise<StepOutcome<Trip>> = blocked;
  const engine = await world.start({ charge: () => charge() });
  await engine.submit(trip());
  await world.clock.advance(10);
  expect(world.status).toBe("Parked");
  expect(engine.inFlight).toBe(0);
  charge = done;
  await engine.wake(["Charge"]);
  await world.clock.advance(200);
  expect(world.status).toBe("Completed");
  expect(world.history).toContain("Charge Completed 1");
});

test("asks again after 100 ms, under the same attempt, while a participant says that it is under way", async () => {
  let asked = 0;
  const engine = await world.start({
    charge: async (_trip, call) => {
      expect(call.attempt).toBe(1);
      return ++asked < 4 ? { kind: "underWay" } : { kind: "done" };
    },
  });
  await engine.submit(trip());
  await world.clock.advance(299);
  expect(asked).toBe(3);
  await world.clock.advance(2);
  expect(world.status).toBe("Completed");
});

test("takes silence for an unknown outcome, and aborts the call", async () => {
  let signal: AbortSignal | undefined;
  const engine = await world.start({
    charge: (_trip, call) => {
      signal ??= call.signal;
      return silent();
    },
  });
  await engine.submit(trip());
  await world.clock.advance(1600);
  expect(signal?.aborted).toBe(true);
  expect(world.history.at(-1)).toBe("Charge Running 1");
});

test("turns a saga round when its time is over", async () => {
  const engine = await world.start({ holdSeat: fail("no route") });
  await engine.submit(trip());
  await world.clock.advance(301_000);
  expect(world.database.row.saga).toMatchObject({ status: "Compensated", failure: { code: "SAGA_TIMEOUT" } });
});

test("retries the pivot for ever once it has called it", async () => {
  let confirm: () => Promise<StepOutcome<Trip>> = fail("no route");
  const engine = await world.start({ confirm: () => confirm() });
  await engine.submit(trip());
  await world.clock.advance(900_000);
  expect(world.status).toBe("Parked");
  confirm = done;
  await world.clock.advance(11_000);
  expect(world.status).toBe("Completed");
  expect(world.database.deadLetters.get("Confirm")?.status).toBe("WorkedOff");
});

test("asks the arbiter first when the pivot is refused, and undoes the rest only then", async () => {
  const undone: string[] = [];
  const note = (name: string) => async () => {
    undone.push(name);
    return { kind: "done" } as const;
  };
  const engine = await world.start({
    confirm: refuse("EXPIRED"),
    releaseSeat: note("ReleaseSeat"),
    refund: note("Refund"),
    cancel: note("Cancel"),
  });
  await engine.submit(trip());
  await world.clock.advance(0);
  expect(undone).toEqual(["ReleaseSeat", "Cancel", "Refund"]);
  expect(world.database.log).toEqual(["Compensating@1", "Compensating@2", "Compensated@3"]);
});

test("tells no failure before the arbiter has answered, and goes forward when it says that the pivot has happened", async () => {
  let isAnswering = false;
  let isFirst = true;
  const confirm = async () => {
    if (!isFirst) return { kind: "refused", code: "GONE", message: "" } as const;
    isFirst = false;
    return { kind: "unknown", message: "connection lost" } as const;
  };
  const engine = await world.start({
    confirm,
    releaseSeat: () => (isAnswering ? Promise.resolve({ kind: "committed" }) : silent()),
  });
  await engine.submit(trip());
  await world.clock.advance(1000);
  expect(world.database.row.saga).toMatchObject({ status: "Compensating", failure: undefined });
  isAnswering = true;
  await world.clock.advance(5000);
  expect(world.database.row.saga).toMatchObject({ status: "Completed", failure: undefined });
  expect(world.history).toContain("Confirm Completed 2");
});

test("retries an undo for ever, leaves a dead letter, and works it off", async () => {
  let refund: () => Promise<{ kind: "done" } | { kind: "unknown"; message: string }> = async () => ({
    kind: "unknown",
    message: "no route",
  });
  const engine = await world.start({ book: refuse("NO_ROOM"), refund: () => refund() });
  await engine.submit(trip());
  const settled = engine.settled("saga-1", { withinMs: 60_000 });
  await world.clock.advance(600_000);
  expect(await settled).toMatchObject({ status: "Compensating", failure: { code: "NO_ROOM" } });
  expect(world.database.deadLetters.get("Refund")?.status).toBe("Open");
  refund = done;
  await world.clock.advance(11_000);
  expect(world.status).toBe("Compensated");
  expect(world.database.deadLetters.get("Refund")?.status).toBe("WorkedOff");
});

test("undoes a step that was refused only when it was called again, for its first call may still land", async () => {
  let refunds = 0;
  const engine = await world.start({
    charge: (_trip, call) => (call.attempt === 1 ? fail("connection lost")() : refuse("DECLINED")()),
    refund: async () => {
      refunds++;
      return { kind: "done" };
    },
  });
  await engine.submit(trip());
  await world.clock.advance(1000);
  expect(world.database.row.saga).toMatchObject({ status: "Compensated", failure: { code: "DECLINED" } });
  expect(refunds).toBe(1);
});

test("undoes everything again when a turned saga changes hands", async () => {
  let refunds = 0;
  const refund = async () => {
    refunds++;
    return { kind: "done" } as const;
  };
  const leaving = await world.start({ book: refuse("NO_ROOM"), refund, releaseSeat: silent });
  await leaving.submit(trip());
  await world.clock.advance(10);
  const closed = leaving.close({ drainMs: 0 });
  await world.clock.advance(10);
  await closed;
  expect(refunds).toBe(1);
  await world.start({ refund });
  await world.clock.advance(1100);
  expect(world.status).toBe("Compensated");
  expect(refunds).toBe(2);
});

test("refuses a saga too many before it writes anything", async () => {
  const engine = await world.start({ checkSeats: silent }, { maxInFlight: 1 });
  await engine.submit(trip("saga-1"));
  await expect(engine.submit(trip("saga-2"))).rejects.toThrow(OverloadedError);
  expect(world.database.rows.size).toBe(1);
});

test("takes over no more than it has room for, and the rest as soon as there is room", async () => {
  const parking = await world.start({ charge: blocked });
  for (let index = 0; index < 20; index++) await parking.submit(trip(`saga-${index}`));
  await world.clock.advance(10);
  await world.close();
  const open: (() => void)[] = [];
  const charge = () => new Promise<{ kind: "done" }>((resolve) => open.push(() => resolve({ kind: "done" })));
  const engine = await world.start({ charge }, { maxInFlight: 8 });
  await world.clock.advance(1000);
  expect(engine.inFlight).toBe(9);
  for (let round = 0; round < 3; round++) {
    for (const answer of open.splice(0)) answer();
    await world.clock.advance(110);
  }
  expect([...world.database.rows.values()].filter(({ saga }) => saga.status === "Completed")).toHaveLength(20);
});

test("hands over what it runs when its drain time is over, and the heir knows what was called", async () => {
  const leaving = await world.start({ charge: silent });
  await leaving.submit(trip());
  await world.clock.advance(10);
  const closed = leaving.close({ drainMs: 100 });
  await world.clock.advance(200);
  await closed;
  expect(world.database.row).toMatchObject({ owner: undefined, clean: true, progress: { calls: { Charge: 1 } } });
  await expect(leaving.submit(trip("saga-2"))).rejects.toThrow(ClosingError);
  await world.start();
  await world.clock.advance(1100);
  expect(world.status).toBe("Completed");
  expect(world.history).toContain("Charge Completed 2");
});

test("stops acting on what it holds when its heartbeat is too old, and adopts it again when it is fresh", async () => {
  const journal = world.journal();
  let isReachable = true;
  let calls = 0;
  const beat: typeof journal.beat = (...beat) =>
    isReachable ? journal.beat(...beat) : Promise.reject(new Error("no route"));
  const engine = await world.start(
    { charge: async () => (++calls < 80 ? { kind: "underWay" } : { kind: "done" }) },
    { journal: { ...journal, beat } },
  );
  await engine.submit(trip());
  isReachable = false;
  await world.clock.advance(7000);
  expect(engine.inFlight).toBe(0);
  expect(world.status).not.toBe("Completed");
  isReachable = true;
  await world.clock.advance(20_000);
  expect(world.database.row).toMatchObject({ clean: false, epoch: 2 });
  expect(world.status).toBe("Completed");
});

test("repeats a write of unknown outcome with the same decision and a higher seq", async () => {
  const journal = world.journal();
  let failures = 2;
  const engine = await world.start(
    {},
    {
      journal: {
        ...journal,
        write: async (write) => {
          if (failures === 1) await journal.write(write);
          if (failures-- > 0) throw new Error("connection lost");
          return journal.write(write);
        },
      },
    },
  );
  await engine.submit(trip());
  await world.clock.advance(1000);
  expect(world.database.log).toEqual(["Completed@2"]);
  expect(world.eventsOf("finished")).toHaveLength(1);
});

test("stops when another owner has taken the saga", async () => {
  let isTaken = false;
  const engine = await world.start({
    charge: async () => {
      isTaken = true;
      world.database.row.epoch++;
      world.database.row.owner = "somebody";
      world.database.beats.set("somebody", { at: Number.POSITIVE_INFINITY, unbrokenSince: 0 });
      return { kind: "done" };
    },
  });
  await engine.submit(trip());
  await world.clock.advance(20_000);
  expect(isTaken).toBe(true);
  expect(world.eventsOf("replaced")).toHaveLength(1);
  expect(world.database.log).toEqual([]);
});

test("keeps results in memory for a second at most", async () => {
  const engine = await world.start({
    holdSeat: async () => {
      await new Promise((resolve) => world.clock.schedule(1200, () => resolve(undefined)));
      return { kind: "done" };
    },
    charge: silent,
  });
  await engine.submit(trip());
  await world.clock.advance(1300);
  expect(world.database.row.saga.history.map((entry) => entry.step)).toEqual(["CheckSeats", "HoldSeat"]);
});
