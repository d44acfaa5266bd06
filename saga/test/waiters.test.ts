import { done, fail, refuse } from "./_trip.ts";
import { trip, World } from "./_world.ts";

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

const blocked = async () => ({ kind: "blocked", message: "the breaker is open" }) as const;
const silent = () => new Promise<never>(() => {});

test("answers a waiter with the saga as it stands when the time is over", async () => {
  const engine = await world.start({ charge: silent });
  await engine.submit(trip());
  const settled = engine.settled("saga-1", { withinMs: 50 });
  await world.clock.advance(60);
  expect(await settled).toMatchObject({ status: "InProgress", currentStep: "Charge" });
});

test("answers a waiter at the moment when its saga ends in this process", async () => {
  const engine = await world.start({
    charge: () => new Promise((resolve) => world.clock.schedule(400, () => resolve({ kind: "done" }))),
  });
  await engine.submit(trip());
  let answeredWith: string | undefined;
  void engine.settled("saga-1", { withinMs: 60_000 }).then((saga) => {
    answeredWith = saga?.status;
  });
  await world.clock.advance(390);
  expect(answeredWith).toBeUndefined();
  await world.clock.advance(20);
  expect(answeredWith).toBe("Completed");
});

test("answers a waiter whose saga runs in another process, and one that asks for nothing", async () => {
  const runner = await world.start({ charge: blocked });
  const other = await world.start({ charge: blocked });
  await runner.submit(trip());
  const settled = other.settled("saga-1", { withinMs: 20_000 });
  await world.clock.advance(9000);
  expect(await settled).toMatchObject({ status: "Parked" });
  expect(await other.settled("saga-2", { withinMs: 1 })).toBeUndefined();
});

test("answers a waiter at once when it goes away, and when the engine does", async () => {
  const engine = await world.start({ charge: silent });
  await engine.submit(trip());
  const gone = new AbortController();
  const settled = engine.settled("saga-1", { withinMs: 60_000, signal: gone.signal });
  gone.abort();
  expect(await settled).toMatchObject({ status: "InProgress" });
  const left = engine.settled("saga-1", { withinMs: 60_000 });
  const closed = engine.close({ drainMs: 0 });
  await world.clock.advance(10);
  await closed;
  expect(await left).toMatchObject({ id: "saga-1" });
});

test("answers a waiter that comes when the saga has ended already", async () => {
  const engine = await world.start({ charge: done });
  await engine.submit(trip());
  await world.clock.advance(10);
  expect(await engine.settled("saga-1", { withinMs: 60_000 })).toMatchObject({ status: "Completed" });
});

test("answers at once whoever has gone away before it waits", async () => {
  const engine = await world.start({ charge: silent });
  await engine.submit(trip());
  const settled = engine.settled("saga-1", { withinMs: 60_000, signal: AbortSignal.abort() });
  await world.clock.advance(0);
  expect(await Promise.race([settled, world.clock.advance(1).then(() => "still waiting")])).toMatchObject({
    status: "InProgress",
  });
});

test("answers at once whoever comes when the engine is closed", async () => {
  const engine = await world.start({ charge: silent });
  await engine.submit(trip());
  const closed = engine.close({ drainMs: 0 });
  await world.clock.advance(10);
  await closed;
  const settled = engine.settled("saga-1", { withinMs: 60_000 });
  expect(await Promise.race([settled, world.clock.advance(1).then(() => "still waiting")])).toMatchObject({
    status: "InProgress",
  });
});

test("answers a waiter in another process when an undo parks", async () => {
  const runner = await world.start({ book: refuse("NO_ROOM"), refund: fail("no route") });
  const other = await world.start({}, { maxInFlight: 0 });
  await runner.submit(trip());
  const settled = other.settled("saga-1", { withinMs: 60_000 });
  let answeredAt = 0;
  const startedAt = world.clock.now();
  void settled.then(() => {
    answeredAt = world.clock.now() - startedAt;
  });
  await world.clock.advance(20_000);
  expect(await settled).toMatchObject({ status: "Compensating", currentStep: "Refund", isParked: true });
  expect(answeredAt).toBeLessThan(6000);
});

test("answers a waiter whose saga is taken over when the row tells its end", async () => {
  let charges = 0;
  const charge = () =>
    ++charges === 1
      ? silent()
      : new Promise<{ kind: "done" }>((resolve) => world.clock.schedule(400, () => resolve({ kind: "done" })));
  const owner = await world.start({ charge });
  await owner.submit(trip());
  const settled = owner.settled("saga-1", { withinMs: 60_000 });
  await world.clock.advance(10);
  const heir = await world.start({ charge });
  await heir.retry("saga-1", { actor: "oscar", reason: "the bank called" });
  await world.clock.advance(5000);
  expect(await settled).toMatchObject({ status: "Completed" });
});
