import type { Journal } from "../src/index.ts";
import type { ArbiterOutcome, StepOutcome } from "../src/outcome.ts";
import { done, refuse, type Trip } from "./_trip.ts";
import { trip, World } from "./_world.ts";

let world: World;
let charge: () => Promise<StepOutcome<Trip>>;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

const charged = async (): Promise<StepOutcome<Trip>> => ({ kind: "done", patch: { price: 4200 } });
const unreachable = async (): Promise<StepOutcome<Trip>> => ({ kind: "unknown", message: "no route" });

/** A process dies when its pivot has happened, before it could write anything; its heir gives the charge up. */
async function crashAfterPivot(): Promise<void> {
  charge = charged;
  let hasDied = false;
  const journal = world.journal();
  const ifAlive = <Args extends unknown[], Answer>(run: (...args: Args) => Promise<Answer>) => {
    return (...args: Args): Promise<Answer> => (hasDied ? new Promise(() => {}) : run(...args));
  };
  const { beat, claimDue, claimOwn } = journal;
  const mortal: Journal<Trip, undefined> = {
    ...journal,
    beat: ifAlive(beat),
    claimDue: ifAlive(claimDue),
    claimOwn: ifAlive(claimOwn),
    write: () => new Promise(() => {}),
  };
  const steps = {
    charge: () => charge(),
    confirm: async () => {
      hasDied = true;
      return { kind: "done" } as const;
    },
    releaseSeat: async () => ({ kind: "committed" }) as const,
  };
  const dying = await world.start(steps, { journal: mortal });
  await dying.submit(trip());
  await world.clock.advance(100);
  charge = unreachable;
  await world.start(steps);
  await world.clock.until(() => world.eventsOf("turned").length > 0, 90_000);
}

test("asks again for what was lost with a process before a trip is completed that its arbiter lets through", async () => {
  await crashAfterPivot();
  await world.clock.advance(20_000);
  expect(world.database.row.saga).toMatchObject({ status: "Parked", currentStep: "Charge", failure: undefined });
  expect(world.database.deadLetters.get("Charge")?.status).toBe("Open");
  charge = charged;
  await world.clock.advance(11_000);
  const known = { currentStep: "Confirm", data: { seat: "12A", price: 4200 } };
  expect(world.database.row.saga).toMatchObject({ status: "Completed", ...known });
  expect(world.database.row.saga.failure).toBeUndefined();
  expect(world.database.deadLetters.get("Charge")?.status).toBe("WorkedOff");
  expect(world.history).toContain("Confirm Completed 1");
});

test("closes the dead letter of the arbiter's undo, too, when the arbiter has let the trip through", async () => {
  charge = charged;
  let release: () => Promise<ArbiterOutcome> = async () => ({ kind: "unknown", message: "no route" });
  const engine = await world.start({ confirm: unreachable, releaseSeat: () => release() });
  await engine.submit(trip());
  await world.clock.advance(10_000);
  await engine.compensate("saga-1", { actor: "oscar", reason: "the bank called" });
  await world.clock.advance(30_000);
  const statuses = () => ["Confirm", "ReleaseSeat"].map((step) => world.database.deadLetters.get(step)?.status);
  expect(statuses()).toEqual(["Kept", "Open"]);
  release = async () => ({ kind: "committed" });
  await world.clock.advance(11_000);
  expect(world.status).toBe("Completed");
  expect(statuses()).toEqual(["WorkedOff", "WorkedOff"]);
});

test("does not turn such a trip by time nor by a refusal, and undoes nothing", async () => {
  await crashAfterPivot();
  let charges = 0;
  charge = () => {
    charges++;
    return refuse("UNDONE")();
  };
  await world.clock.advance(600_000);
  // Once in 10 s, and a little more often at first.
  expect(charges).toBeLessThan(75);
  expect(world.database.row.saga).toMatchObject({ status: "Parked", currentStep: "Charge" });
  expect(world.database.deadLetters.get("Charge")?.lastError).toContain("a refusal that cannot be");
  expect(world.eventsOf("turned")).toHaveLength(1);
  expect(world.eventsOf("compensated")).toEqual([]);
  charge = done;
  await world.clock.advance(11_000);
  expect(world.status).toBe("Completed");
});
