import { fail, refuse, type TripSteps } from "./_trip.ts";
import { trip, World } from "./_world.ts";

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

/** What the observer is told of the turn and of the end, in order. */
function told() {
  return world.events.flatMap((event) => {
    if (event.kind === "turned") return [`turned by ${event.failure.code}`];
    return event.kind === "finished" ? [event.status] : [];
  });
}

test.each<[string, Partial<TripSteps>, string]>([
  ["a refused check", { checkSeats: refuse("SOLD_OUT") }, "SOLD_OUT"],
  ["a check without an answer", { checkSeats: () => Promise.reject(new Error("no route")) }, "SAGA_TIMEOUT"],
  ["a first effect that was refused at its only call", { holdSeat: refuse("SOLD_OUT") }, "SOLD_OUT"],
])("ends Failed by %s, with nothing undone, and tells of the turn once", async (_, steps, code) => {
  const engine = await world.start(steps);
  await engine.submit(trip());
  await world.clock.advance(320_000);
  expect(world.database.row.saga).toMatchObject({ status: "Failed", failure: { code } });
  expect(told()).toEqual([`turned by ${code}`, "Failed"]);
  expect(world.eventsOf("compensated")).toEqual([]);
});

test("tells of the turn once where something is undone", async () => {
  const engine = await world.start({ charge: () => fail("no route")() });
  await engine.submit(trip());
  await world.clock.advance(45_000);
  expect(told()).toEqual(["turned by STEP_EXHAUSTED", "Compensated"]);
});
