import { ClosingError } from "../src/index.ts";
import { done, type TripSteps } from "./_trip.ts";
import { trip, World } from "./_world.ts";

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

const silent = () => new Promise<never>(() => {});

function after(delayMs: number): Promise<void> {
  return new Promise((resolve) => world.clock.schedule(delayMs, resolve));
}

test("hands over a saga whose intent is committed only when the drain time is over", async () => {
  const journal = world.journal();
  const insert: typeof journal.insert = async (...intent) => {
    await after(1500);
    return journal.insert(...intent);
  };
  const engine = await world.start({ charge: silent }, { journal: { ...journal, insert } });
  const submitted = engine.submit(trip());
  await world.clock.advance(10);
  const closed = engine.close({ drainMs: 100 });
  await world.clock.advance(4000);
  await closed;
  expect(await submitted).toBe("created");
  expect(world.database.row).toMatchObject({ owner: undefined, clean: true });
});

test("lets what it runs end within the drain time, and retires", async () => {
  const engine = await world.start({ charge: () => after(400).then(done) });
  await engine.submit(trip());
  await world.clock.advance(10);
  const closed = engine.close({ drainMs: 1000 });
  await world.clock.advance(1000);
  await closed;
  expect(world.status).toBe("Completed");
  expect(world.database.beats.size).toBe(0);
});

test("takes new sagas until their door has closed, and lets them end", async () => {
  const engine = await world.start();
  const { promise: door, resolve: shut } = Promise.withResolvers<void>();
  const closed = engine.close({ drainMs: 1000, door });
  await world.clock.advance(500);
  const submitted = engine.submit(trip());
  shut();
  await world.clock.advance(10);
  expect(await submitted).toBe("created");
  await expect(engine.submit(trip("another"))).rejects.toThrow(ClosingError);
  await closed;
  expect(world.status).toBe("Completed");
});

test("takes no new sagas when the drain time is over, though their door is still open, and hands over within it", async () => {
  const engine = await world.start({ charge: silent });
  const closed = engine.close({ drainMs: 1000, door: silent() });
  await engine.submit(trip());
  await world.clock.advance(999);
  expect(world.database.row.owner).toBeDefined();
  await world.clock.advance(1);
  await expect(engine.submit(trip("another"))).rejects.toThrow(ClosingError);
  await closed;
  expect(world.database.row).toMatchObject({ owner: undefined, clean: true });
});

test("takes no new sagas from the call on where there is no door", async () => {
  const engine = await world.start();
  const closed = engine.close({ drainMs: 1000 });
  await expect(engine.submit(trip())).rejects.toThrow(ClosingError);
  await closed;
});

test("takes nothing that a claim brings after it has stopped waiting for it", async () => {
  const leaving = await world.start({ charge: silent });
  await leaving.submit(trip());
  await world.clock.advance(10);
  const journal = world.journal();
  const claimDue: typeof journal.claimDue = async (claim) => {
    await after(1200);
    return journal.claimDue(claim);
  };
  const charged: string[] = [];
  const charge: TripSteps["charge"] = (_trip, call) => {
    charged.push(call.sagaId);
    return silent();
  };
  const late = await world.start({ charge }, { journal: { ...journal, claimDue } });
  await late.submit(trip("another"));
  const closed = Promise.all([leaving.close({ drainMs: 0 }), late.close({ drainMs: 5000 })]);
  await world.clock.advance(10_000);
  await closed;
  expect(world.database.row).toMatchObject({ epoch: 2, saga: { status: "InProgress" } });
  expect(charged).not.toContain("saga-1");
});

test("closes although the journal cannot be told, and says so", async () => {
  const retire = () => Promise.reject(new Error("no route"));
  const engine = await world.start({}, { journal: { ...world.journal(), retire } });
  await engine.close({ drainMs: 0 });
  expect(world.eventsOf("journalFailed")).toMatchObject([{ operation: "retire" }]);
});

test("leaves to recovery what it can neither end nor hand over, and does not retire", async () => {
  const engine = await world.start({}, { journal: { ...world.journal(), write: silent } });
  await engine.submit(trip());
  await world.clock.advance(10);
  const closed = engine.close({ drainMs: 100 });
  await world.clock.advance(4000);
  await closed;
  expect(world.database.beats.size).toBe(1);
  expect(world.database.row.owner).toBeDefined();
});
