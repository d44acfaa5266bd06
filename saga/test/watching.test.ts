import { SagaNotFoundError, type SagaSnapshot, type StepOutcome } from "../src/index.ts";
import { done, fail, refuse, type Trip } from "./_trip.ts";
import { trip, World } from "./_world.ts";

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

const blocked = async () => ({ kind: "blocked", message: "the breaker is open" }) as const;
const silent = () => new Promise<never>(() => {});
const by = { actor: "oscar", reason: "the bank called" };

/** Reads a watch to its end, as fast as it tells, and notes what it is told. */
function reader(watch: AsyncIterable<SagaSnapshot<Trip>>) {
  const told: string[] = [];
  let newest: SagaSnapshot<Trip> | undefined;
  const ended = (async () => {
    for await (const saga of watch) {
      newest = saga;
      const entry = saga.history.at(-1);
      told.push(`${saga.status}: ${entry ? `${entry.step} ${entry.status}` : "-"}`);
    }
    return told;
  })();
  return { told, ended, last: () => newest };
}

test("tells every call and every answer of a saga that runs in this process, and ends with it", async () => {
  const engine = await world.start({ checkSeats: () => after(10, done) });
  await engine.submit(trip());
  const { ended } = reader(engine.watch("saga-1"));
  await world.clock.advance(100);
  expect(await ended).toEqual([
    "InProgress: CheckSeats Running",
    "InProgress: CheckSeats Completed",
    "InProgress: HoldSeat Running",
    "InProgress: HoldSeat Completed",
    "InProgress: Charge Running",
    "InProgress: Charge Completed",
    "InProgress: Book Running",
    "InProgress: Book Completed",
    "InProgress: Confirm Running",
    "InProgress: Confirm Completed",
    "Completed: Confirm Completed",
  ]);
});

test("tells of the turn, the undos and the end", async () => {
  const engine = await world.start({ charge: () => after(10, refuse("DECLINED")) });
  await engine.submit(trip());
  const { ended } = reader(engine.watch("saga-1"));
  await world.clock.advance(100);
  expect((await ended).slice(-5)).toEqual([
    "InProgress: Charge Refused",
    "Compensating: Charge Refused",
    "Compensating: ReleaseSeat Running",
    "Compensating: ReleaseSeat Completed",
    "Compensated: ReleaseSeat Completed",
  ]);
});

test("tells that an undo is parked, and that it is called again", async () => {
  let answer: () => Promise<{ kind: "done" } | { kind: "blocked"; message: string }> = blocked;
  const engine = await world.start({ book: () => after(10, refuse("NO_ROOM")), refund: () => answer() });
  await engine.submit(trip());
  const parked: (boolean | undefined)[] = [];
  const ended = (async () => {
    for await (const { status, isParked } of engine.watch("saga-1"))
      if (status === "Compensating") parked.push(isParked);
  })();
  await world.clock.advance(500);
  expect(parked[0]).toBeUndefined();
  expect(parked.at(-1)).toBe(true);
  parked.length = 0;
  answer = done;
  await world.clock.advance(1000);
  await ended;
  expect(parked).not.toContain(true);
});

test("follows a saga that runs in another process, in steps of a quarter of a second", async () => {
  let charge: () => Promise<StepOutcome<Trip>> = blocked;
  const runner = await world.start({ charge: () => charge() });
  const other = await world.start({}, { maxInFlight: 0 });
  await runner.submit(trip());
  await world.clock.advance(10);
  const { told, ended } = reader(other.watch("saga-1"));
  // Three looks at the same.
  await world.clock.advance(800);
  expect(told).toEqual(["Parked: HoldSeat Completed"]);
  charge = done;
  await runner.wake(["Charge"]);
  await world.clock.advance(500);
  expect(await ended).toEqual(["Parked: HoldSeat Completed", "Completed: Confirm Completed"]);
});

test("goes on telling when the saga changes its owner, and an operator acts on it", async () => {
  let charges = 0;
  const charge = () => (++charges === 1 ? silent() : after(700, done));
  const owner = await world.start({ charge });
  const heir = await world.start({ charge });
  await owner.submit(trip());
  const watches = [reader(owner.watch("saga-1")), reader(heir.watch("saga-1"))];
  await world.clock.advance(100);
  await heir.retry("saga-1", by);
  await world.clock.advance(5000);
  for (const { ended, last } of watches) {
    expect((await ended).at(-1)).toBe("Completed: Confirm Completed");
    expect(last()?.history[0]).toMatchObject({ step: "Retry", message: "oscar: the bank called" });
  }
  expect(watches[1]?.told).toContain("InProgress: Book Running");
});

test("gives the newest to a reader that lags by many, and keeps no more than that for it", async () => {
  let asked = 0;
  const engine = await world.start({
    charge: async () => (++asked < 90 ? { kind: "underWay" } : { kind: "done" }),
    holdSeat: () => after(5, done),
  });
  await engine.submit(trip());
  const watch = engine.watch("saga-1");
  const first = await watch.next();
  expect(first.value).toMatchObject({ status: "InProgress" });
  // Each question is one change; its answer, that it is under way, shows nothing new.
  await world.clock.advance(20_000);
  const { ended } = reader(watch);
  const told = await ended;
  expect(told.length).toBeLessThanOrEqual(64);
  expect(told.at(-1)).toBe("Completed: Confirm Completed");
});

test("tells nothing of how the journal had the saga once its run has told what is newer", async () => {
  const journal = world.journal();
  const read: typeof journal.read = async (ids) => {
    const sagas = await journal.read(ids);
    return after(400, async () => sagas);
  };
  let charge: () => Promise<StepOutcome<Trip>> = blocked;
  const engine = await world.start({ charge: () => charge() }, { journal: { ...journal, read } });
  await engine.submit(trip());
  await world.clock.advance(10);
  const { ended } = reader(engine.watch("saga-1"));
  await world.clock.advance(10);
  charge = () => after(1000, done);
  await engine.wake(["Charge"]);
  await world.clock.advance(3000);
  expect((await ended)[0]).toBe("InProgress: Charge Running");
  expect((await ended).filter((line) => line.startsWith("Parked"))).toEqual([]);
});

test("tells nothing of how the journal had the saga before it was called here and parked again", async () => {
  const journal = world.journal();
  const read: typeof journal.read = async (ids) => {
    const sagas = await journal.read(ids);
    return after(400, async () => sagas);
  };
  const engine = await world.start({ charge: fail("no route") }, { journal: { ...journal, read } });
  await engine.submit(trip());
  await world.clock.advance(10_000);
  const attempts: number[] = [];
  const stop = new AbortController();
  const ended = (async () => {
    for await (const { history } of engine.watch("saga-1", { signal: stop.signal })) {
      attempts.push(history.at(-1)?.attempt ?? 0);
    }
  })();
  await world.clock.advance(15_000);
  stop.abort();
  await ended;
  expect(attempts.at(-1)).toBeGreaterThan(attempts[0] ?? 0);
  expect(attempts).toEqual(attempts.toSorted((one, other) => one - other));
});

test("reads nothing more once its signal has aborted, though there was more to tell", async () => {
  const engine = await world.start({ checkSeats: () => after(10, done) });
  await engine.submit(trip());
  const gone = new AbortController();
  const watch = engine.watch("saga-1", { signal: gone.signal });
  await watch.next();
  await world.clock.advance(100);
  gone.abort();
  expect(await watch.next()).toEqual({ done: true, value: undefined });
});

test("ends when its signal aborts, and when the engine closes, although the saga goes on", async () => {
  const engine = await world.start({ charge: silent });
  await engine.submit(trip());
  const gone = new AbortController();
  const aborted = reader(engine.watch("saga-1", { signal: gone.signal }));
  const left = reader(engine.watch("saga-1"));
  await world.clock.advance(10);
  gone.abort();
  expect((await aborted.ended).at(-1)).toBe("InProgress: Charge Running");
  const closed = engine.close({ drainMs: 0 });
  await world.clock.advance(10);
  await closed;
  expect((await left.ended).at(-1)).toBe("InProgress: Charge Running");
  expect(await reader(engine.watch("saga-1")).ended).toEqual([]);
  expect(await reader(engine.watch("saga-1", { signal: AbortSignal.abort() })).ended).toEqual([]);
});

test("asks the journal for nothing when the engine has closed, though a reader has not come back", async () => {
  const journal = world.journal();
  const runner = await world.start({ charge: silent });
  let reads = 0;
  const read: typeof journal.read = (ids) => {
    reads++;
    return journal.read(ids);
  };
  const other = await world.start({}, { journal: { ...journal, read } });
  await runner.submit(trip());
  await world.clock.advance(10);
  await other.watch("saga-1").next();
  const closed = other.close({ drainMs: 0 });
  await world.clock.advance(1000);
  await closed;
  reads = 0;
  await world.clock.advance(2000);
  expect(reads).toBe(0);
});

test("tells nothing more of a run that another one in this process has replaced", async () => {
  let charges = 0;
  const charge = () => (++charges === 1 ? silent() : after(700, done));
  const engine = await world.start({ charge });
  const other = await world.start({}, { maxInFlight: 0 });
  await engine.submit(trip());
  await world.clock.advance(10);
  const seen: SagaSnapshot<Trip>[] = [];
  const ended = (async () => {
    for await (const saga of engine.watch("saga-1")) seen.push(saga);
  })();
  await world.clock.advance(10);
  await other.retry("saga-1", by);
  await world.clock.advance(3000);
  await ended;
  const isRetried = seen.map(({ history }) => history.some(({ step }) => step === "Retry"));
  // Once it is known, it stays so.
  expect(isRetried).toEqual([...isRetried].sort());
  expect(seen.at(-1)?.status).toBe("Completed");
});

test("asks the journal once for all that is watched and waited for, and no more when nobody does", async () => {
  const journal = world.journal();
  const reads: (readonly string[])[] = [];
  const read: typeof journal.read = (ids) => {
    reads.push(ids);
    return journal.read(ids);
  };
  const runner = await world.start({ charge: silent });
  const other = await world.start({}, { journal: { ...journal, read } });
  await runner.submit(trip("saga-1"));
  await runner.submit(trip("saga-2"));
  await world.clock.advance(10);
  const gone = new AbortController();
  const watches = ["saga-1", "saga-1", "saga-2"].map((id) => reader(other.watch(id, { signal: gone.signal })));
  const settled = other.settled("saga-1", { withinMs: 100_000, signal: gone.signal });
  await world.clock.advance(100);
  reads.length = 0;
  await world.clock.advance(250);
  expect(reads).toEqual([["saga-1", "saga-2"]]);
  gone.abort();
  await Promise.all([settled, ...watches.map(({ ended }) => ended)]);
  await world.clock.advance(300);
  reads.length = 0;
  await world.clock.advance(2000);
  expect(reads).toEqual([]);
});

test("goes on following when the journal cannot be read for a while", async () => {
  const journal = world.journal();
  let isReachable = true;
  const read: typeof journal.read = (ids) => (isReachable ? journal.read(ids) : Promise.reject(new Error("no route")));
  const runner = await world.start({ charge: () => after(1000, done) });
  const other = await world.start({}, { journal: { ...journal, read } });
  await runner.submit(trip());
  await world.clock.advance(10);
  const { ended } = reader(other.watch("saga-1"));
  await world.clock.advance(10);
  isReachable = false;
  await world.clock.advance(1500);
  isReachable = true;
  await world.clock.advance(500);
  expect((await ended).at(-1)).toBe("Completed: Confirm Completed");
});

test("says of a saga that ended before how it ended, and of one that is not there that it is not", async () => {
  const engine = await world.start();
  await engine.submit(trip());
  await world.clock.advance(10);
  expect(await reader(engine.watch("saga-1")).ended).toEqual(["Completed: Confirm Completed"]);
  await expect(reader(engine.watch("saga-2")).ended).rejects.toThrow(SagaNotFoundError);
});

function after<Answer>(delayMs: number, answer: () => Promise<Answer>): Promise<Answer> {
  return new Promise((resolve) => world.clock.schedule(delayMs, () => resolve(answer())));
}
