import {
  InterventionRefusedError,
  SagaCompensatingError,
  SagaEndedError,
  SagaNotFoundError,
  type StepOutcome,
} from "../src/index.ts";
import { done, fail, refuse, type Trip } from "./_trip.ts";
import { trip, World } from "./_world.ts";

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

const by = { actor: "oscar", reason: "the bank called" };
const silent = () => new Promise<never>(() => {});
const lost = fail("no route");

describe("a retry", () => {
  test("of a parked saga has its step tried at once, with all its attempts", async () => {
    const attempts: number[] = [];
    const engine = await world.start({
      charge: async (_trip, call) => {
        attempts.push(call.attempt);
        return { kind: "unknown", message: "no route" };
      },
    });
    await engine.submit(trip());
    await world.clock.advance(20_000);
    expect(world.status).toBe("Parked");
    attempts.length = 0;
    await engine.retry("saga-1", by);
    await world.clock.advance(4000);
    expect(attempts).toHaveLength(4);
    expect(world.eventsOf("intervened")).toMatchObject([{ action: "retry", ...by, sagaId: "saga-1", undo: undefined }]);
  });

  test("starts the give-up time afresh, and the saga's timeout goes on", async () => {
    const engine = await world.start({ charge: lost });
    await engine.submit(trip());
    for (let elapsed = 0; elapsed < 280_000; elapsed += 20_000) {
      await world.clock.advance(20_000);
      await engine.retry("saga-1", by);
    }
    await world.clock.advance(30_000);
    expect(world.database.row.saga).toMatchObject({ status: "Compensated", failure: { code: "SAGA_TIMEOUT" } });
  });

  test("of a saga that goes back has its undo tried at once", async () => {
    let refund: () => Promise<{ kind: "done" } | { kind: "unknown"; message: string }> = async () => ({
      kind: "unknown",
      message: "no route",
    });
    const engine = await world.start({ book: refuse("NO_ROOM"), refund: () => refund() });
    await engine.submit(trip());
    await world.clock.advance(60_000);
    expect(world.database.deadLetters.get("Refund")?.status).toBe("Open");
    refund = done;
    await engine.retry("saga-1", by);
    await world.clock.advance(200);
    expect(world.status).toBe("Compensated");
    expect(world.database.deadLetters.get("Refund")?.status).toBe("WorkedOff");
  });

  test("from another process takes a living owner's saga, which stops without a word, and is run on", async () => {
    let charges = 0;
    const charge = () => (++charges === 1 ? silent() : done());
    const owner = await world.start({ charge });
    const other = await world.start({ charge });
    await owner.submit(trip());
    const settled = owner.settled("saga-1", { withinMs: 20_000 });
    await world.clock.advance(100);
    await other.retry("saga-1", by);
    await world.clock.advance(3000);
    expect(await settled).toMatchObject({ status: "Completed" });
    expect(world.database.log).toEqual(["Completed@1"]);
    expect(world.database.row).toMatchObject({ clean: false, epoch: 3 });
  });
});

describe("a compensation", () => {
  test("undoes what was called, and tells who asked for it and why", async () => {
    const engine = await world.start({ charge: lost });
    await engine.submit(trip());
    await world.clock.advance(10_000);
    await engine.compensate("saga-1", by);
    await world.clock.advance(200);
    const failure = { code: "CANCELLED_BY_OPERATOR", message: "cancelled by an operator", step: "Charge" };
    expect(world.database.row.saga).toMatchObject({ status: "Compensated", failure });
    const entry = world.database.row.saga.history.find(({ step }) => step === "Compensate");
    expect(entry).toMatchObject({ status: "Completed", message: "oscar: the bank called" });
    expect(world.history.slice(-2)).toEqual(["Refund Completed 1", "ReleaseSeat Completed 1"]);
    expect(world.database.deadLetters.get("Charge")?.status).toBe("Kept");
    expect(world.eventsOf("turned")).toHaveLength(1);
  });

  test("of what the same process runs stops it at once", async () => {
    const aborted: boolean[] = [];
    const engine = await world.start({
      charge: (_trip, call) => {
        call.signal.addEventListener("abort", () => aborted.push(true));
        return silent();
      },
    });
    await engine.submit(trip());
    await world.clock.advance(100);
    await engine.compensate("saga-1", by);
    // Without waiting for the claim.
    expect(aborted).toEqual([true]);
    await world.clock.advance(200);
    expect(world.status).toBe("Compensated");
  });

  test("of what has called its pivot is decided by the arbiter: it may be completed", async () => {
    const engine = await world.start({
      confirm: lost,
      releaseSeat: async () => ({ kind: "committed" }),
    });
    await engine.submit(trip());
    await world.clock.advance(10_000);
    expect(world.status).toBe("Parked");
    await engine.compensate("saga-1", by);
    await world.clock.advance(200);
    expect(world.database.row.saga).toMatchObject({ status: "Completed", failure: undefined });
    expect(world.database.deadLetters.get("Confirm")?.status).toBe("WorkedOff");
  });

  test("is refused where there is nothing to turn, each in its own way", async () => {
    const engine = await world.start({ refund: fail("no route"), book: refuse("NO_ROOM") });
    await expect(engine.compensate("saga-1", by)).rejects.toThrow(SagaNotFoundError);
    await engine.submit(trip());
    await world.clock.advance(100);
    await expect(engine.compensate("saga-1", by)).rejects.toThrow(SagaCompensatingError);
    const good = await world.start();
    await good.submit(trip("saga-2"));
    await world.clock.advance(100);
    await expect(good.compensate("saga-2", by)).rejects.toThrow(SagaEndedError);
    await expect(good.retry("saga-2", by)).rejects.toThrow(SagaEndedError);
    for (const row of world.database.rows.values()) row.definition = "another";
    await expect(engine.retry("saga-1", by)).rejects.toThrow(InterventionRefusedError);
    expect(await engine.backlog()).toMatchObject({ unknownDefinition: 1 });
  });
});

describe("a resolution", () => {
  async function stuck() {
    const engine = await world.start({ book: refuse("NO_ROOM"), refund: lost });
    await engine.submit(trip());
    await world.clock.advance(60_000);
    expect(world.status).toBe("Compensating");
    return engine;
  }

  test("lets the saga end, also when another process goes on with it", async () => {
    const engine = await stuck();
    const closed = engine.close({ drainMs: 0 });
    await world.clock.advance(3000);
    await closed;
    const heir = await world.start({ refund: lost });
    await heir.resolve("saga-1", "Refund", by);
    await world.clock.advance(1500);
    expect(world.status).toBe("Compensated");
    expect(world.database.deadLetters.get("Refund")?.status).toBe("WorkedOff");
    expect(world.history.slice(-3)).toEqual(["Refund Completed 10", "Resolve Completed 1", "ReleaseSeat Completed 1"]);
    expect(world.eventsOf("intervened")).toMatchObject([{ action: "resolve", undo: "Refund", ...by }]);
  });

  test("is refused for the arbiter's undo, and for one that is not outstanding", async () => {
    const engine = await stuck();
    await expect(engine.resolve("saga-1", "ReleaseSeat", by)).rejects.toThrow(InterventionRefusedError);
    await expect(engine.resolve("saga-1", "Cancel", by)).rejects.toThrow(InterventionRefusedError);
  });

  test("can be asked for first, which changes nothing", async () => {
    const engine = await stuck();
    const before = structuredClone(world.history);
    await expect(engine.mayResolve("saga-1", "Refund", by)).resolves.toBeUndefined();
    await expect(engine.mayResolve("saga-1", "Cancel", by)).rejects.toThrow(InterventionRefusedError);
    await expect(engine.mayResolve("saga-2", "Refund", by)).rejects.toThrow(SagaNotFoundError);
    expect(world.history).toEqual(before);
    expect(world.eventsOf("intervened")).toEqual([]);
  });
});

test("looks again where the saga has gone on between the look and the commit", async () => {
  const journal = world.journal();
  let looks = 0;
  const inspect: typeof journal.inspect = async (id) => {
    const found = await journal.inspect(id);
    if (++looks === 1) world.database.row.seq++;
    return found;
  };
  const engine = await world.start({ charge: lost }, { journal: { ...journal, inspect } });
  await engine.submit(trip());
  await world.clock.advance(10_000);
  await engine.compensate("saga-1", by);
  await world.clock.advance(200);
  expect({ looks, status: world.status }).toEqual({ looks: 2, status: "Compensated" });
});

test("does not stop a saga that was claimed anew before the operator's process hears of its own commit", async () => {
  const journal = world.journal();
  let charge: () => Promise<StepOutcome<Trip>> = lost;
  const takeOver: typeof journal.takeOver = async (change) => {
    const isTaken = await journal.takeOver(change);
    await new Promise((resolve) => world.clock.schedule(1500, () => resolve(undefined)));
    return isTaken;
  };
  const engine = await world.start({ charge: () => charge() }, { journal: { ...journal, takeOver } });
  await engine.submit(trip());
  await world.clock.advance(20_000);
  charge = () => new Promise((resolve) => world.clock.schedule(1400, () => resolve({ kind: "done" })));
  const retried = engine.retry("saga-1", by);
  await world.clock.advance(3000);
  await retried;
  expect(world.database.row).toMatchObject({ saga: { status: "Completed" }, clean: true });
});
