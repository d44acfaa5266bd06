import { type Engine, StaleError } from "../src/index.ts";
import type { Trip, TripSteps } from "./_trip.ts";
import { trip, World } from "./_world.ts";

let world: World;
let isReachable: boolean;
beforeEach(() => {
  world = new World();
  isReachable = true;
});
afterEach(() => world.close());

/** A journal whose heartbeats fail while it is not reachable. */
function fickleJournal() {
  const journal = world.journal();
  const beat: typeof journal.beat = (...beat) =>
    isReachable ? journal.beat(...beat) : Promise.reject(new Error("no route"));
  return { ...journal, beat };
}

test("takes no new saga while its heartbeat is too old, and writes nothing for it", async () => {
  const engine = await world.start({}, { journal: fickleJournal() });
  isReachable = false;
  await world.clock.advance(6000);
  await expect(engine.submit(trip())).rejects.toThrow(StaleError);
  expect(world.database.rows.size).toBe(0);
  isReachable = true;
  await world.clock.advance(1000);
  expect(await engine.submit(trip())).toBe("created");
});

test("lets go of what it held before a gap in its heartbeat, although it runs through the gap", async () => {
  let booked = 0;
  const steps = {
    charge: () => after(1400),
    book: async () => {
      booked++;
      return { kind: "done" } as const;
    },
  };
  const engine = await world.start(steps, { journal: fickleJournal() });
  await world.clock.advance(10_000);
  isReachable = false;
  await world.clock.advance(4900);
  await engine.submit(trip());
  await world.clock.advance(600);
  isReachable = true;
  await world.clock.advance(1200);
  expect(world.eventsOf("stale")).toHaveLength(1);
  expect({ booked, inFlight: engine.inFlight }).toEqual({ booked: 0, inFlight: 0 });
  await world.clock.advance(15_000);
  expect(world.database.row).toMatchObject({ saga: { status: "Completed" }, epoch: 2, clean: false });
});

test("does not run a saga whose intent was under way during a gap in its heartbeat", async () => {
  const journal = fickleJournal();
  const insert: typeof journal.insert = async (...intent) => {
    await after(7000);
    return journal.insert(...intent);
  };
  const engine = await world.start({}, { journal: { ...journal, insert } });
  isReachable = false;
  const submitted = engine.submit(trip());
  await world.clock.advance(5500);
  isReachable = true;
  await world.clock.advance(1600);
  expect(await submitted).toBe("created");
  expect({ status: world.status, inFlight: engine.inFlight }).toEqual({ status: "Started", inFlight: 0 });
});

test("claims nothing while its heartbeat is too old", async () => {
  const journal = fickleJournal();
  let claims = 0;
  const claimDue: typeof journal.claimDue = (claim) => {
    claims++;
    return journal.claimDue(claim);
  };
  await world.start({}, { journal: { ...journal, claimDue } });
  isReachable = false;
  await world.clock.advance(6000);
  claims = 0;
  await world.clock.advance(6000);
  expect(claims).toBe(0);
});

test.each([
  // One beats at the full second, the other 900 ms later: the first to come back finds the other's heartbeat the older.
  ["longer than a heartbeat may be old", 300, 6000],
  ["almost as long as a heartbeat may be old", 300, 4600],
  ["almost as long, since a moment after one's heartbeat and long after the other's", 1150, 4600],
])("takes nothing from a living owner when the journal comes back that has hung for %s", async (_, fromMs, hangMs) => {
  const [claims, others] = [gate(), gate()];
  const engines: Engine<Trip, undefined>[] = [];
  for (let count = 0; count < 2; count++) {
    const journal = world.journal();
    const { beat, write, claimDue, claimLost } = journal;
    // Of two that hang, one is a claim that was sent before the journal hung: it runs when it is back.
    const gated = {
      beat: others(beat),
      write: others(write),
      claimDue: claims(claimDue),
      claimLost: claims(claimLost),
    };
    const engine = await world.start(
      { charge: async () => ({ kind: "underWay" }) },
      { journal: { ...journal, ...gated }, times: { sweepMs: 1000 } },
    );
    await world.clock.advance(900);
    engines.push(engine);
  }
  await world.clock.advance(8000);
  for (const engine of engines) await engine.submit(trip(`saga of ${engines.indexOf(engine)}`));
  await world.clock.advance(fromMs);
  const owners = ownersNow();
  claims.isShut = true;
  others.isShut = true;
  await world.clock.advance(hangMs);
  claims.open();
  await world.clock.advance(0);
  others.open();
  await world.clock.advance(100);
  expect(ownersNow()).toEqual(owners);
});

test("takes nothing from another before its own heartbeat has been unbroken for as long as one may be old", async () => {
  const times = { sweepMs: 1000 };
  await world.start({}, { journal: fickleJournal(), times });
  const left = await world.start({ charge: async () => ({ kind: "underWay" }) }, { journal: dyingJournal() });
  await world.clock.advance(10_000);
  await left.submit(trip());
  isReachable = false;
  await world.clock.advance(6000);
  isReachable = true;
  await world.clock.advance(4500);
  expect(world.eventsOf("claimed")).toEqual([]);
  await world.clock.advance(3000);
  expect(world.eventsOf("claimed")).toMatchObject([{ lost: true }]);
});

/** A journal that, once it is not reachable, is so for ever. */
function dyingJournal() {
  const journal = world.journal();
  let isGone = false;
  const beat: typeof journal.beat = (...beat) => {
    isGone ||= !isReachable;
    return isGone ? Promise.reject(new Error("no route")) : journal.beat(...beat);
  };
  return { ...journal, beat };
}

describe("a process does not look for what others have lost", () => {
  const looks: number[] = [];

  async function startLooking(): Promise<void> {
    looks.length = 0;
    const journal = fickleJournal();
    const claimLost: typeof journal.claimLost = (...claim) => {
      looks.push(world.clock.now() - startedAt);
      return journal.claimLost(...claim);
    };
    const startedAt = world.clock.now();
    await world.start({}, { journal: { ...journal, claimLost }, times: { sweepMs: 1000 } });
    await world.clock.advance(10_000);
    isReachable = false;
  }

  test("while its own heartbeat is silent", async () => {
    await startLooking();
    await world.clock.advance(5900);
    expect(looks.filter((at) => at > 14_000)).toEqual([]);
  });

  test("until it has been unbroken again for as long as one may be old", async () => {
    await startLooking();
    await world.clock.advance(4500);
    isReachable = true;
    await world.clock.advance(8000);
    expect(looks.filter((at) => at > 14_000)[0]).toBeGreaterThanOrEqual(20_000);
    expect(world.eventsOf("stale")).toEqual([]);
  });
});

test("runs a saga in one loop, the newest, when it claims what it is running itself", async () => {
  const signals: AbortSignal[] = [];
  const charge: TripSteps["charge"] = (_trip, call) => {
    signals.push(call.signal);
    return after(signals.length === 1 ? 1400 : 100);
  };
  const engine = await world.start({ charge });
  await engine.submit(trip());
  await world.clock.advance(10);
  // As an operator does.
  const { row } = world.database;
  Object.assign(row, { owner: undefined, epoch: row.epoch + 1, dueAt: world.clock.now() });
  await world.clock.advance(1050);
  expect(signals.map((signal) => signal.aborted)).toEqual([true, false]);
  expect(engine.inFlight).toBe(1);
  await world.clock.advance(400);
  expect(world.database.log).toEqual(["Completed@1"]);
});

function ownersNow() {
  return [...world.database.rows.values()].map(({ owner }) => owner);
}

function after(delayMs: number): Promise<{ kind: "done" }> {
  return new Promise((resolve) => world.clock.schedule(delayMs, () => resolve({ kind: "done" })));
}

/** Holds up what goes through it while it is shut. */
function gate() {
  const held: (() => void)[] = [];
  const through = <Args extends unknown[], Answer>(run: (...args: Args) => Promise<Answer>) => {
    return async (...args: Args): Promise<Answer> => {
      if (through.isShut) await new Promise<void>((resolve) => held.push(resolve));
      return run(...args);
    };
  };
  through.isShut = false;
  through.open = () => {
    through.isShut = false;
    for (const pass of held.splice(0)) pass();
  };
  return through;
}

test("takes over what a lost owner has left, although what falls due always fills its slots", async () => {
  const dying = await world.start({ charge: () => after(60_000) }, { journal: dyingJournal() });
  await dying.submit(trip("lost"));
  isReachable = false;
  await world.clock.advance(7000);
  // 40 sagas that are due again as soon as they have let go of one of five slots.
  const charge = () => after(900).then(() => ({ kind: "blocked", message: "" }) as const);
  const heir = await world.start({ charge }, { maxInFlight: 5 });
  for (let index = 0; index < 40; index++) {
    await heir.submit(trip(`saga-${index}`)).catch(() => undefined);
    await world.clock.advance(300);
    await heir.wake(["Charge"]);
  }
  expect(world.eventsOf("claimed")).toContainEqual(expect.objectContaining({ sagaId: "lost", lost: true }));
});

test("does not adopt a saga whose intent is still under way", async () => {
  const journal = world.journal();
  const insert: typeof journal.insert = async (...intent) => {
    const outcome = await journal.insert(...intent);
    await after(12_000);
    return outcome;
  };
  const engine = await world.start({}, { journal: { ...journal, insert }, times: { sweepMs: 1000 } });
  await world.clock.advance(6000);
  const submitted = engine.submit(trip());
  await world.clock.advance(12_000);
  expect(await submitted).toBe("created");
  expect(world.database.row).toMatchObject({ epoch: 1, saga: { status: "Completed" } });
});
