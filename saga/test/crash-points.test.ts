import type { Journal } from "../src/index.ts";
import type { StepOutcome, UndoOutcome } from "../src/outcome.ts";
import { Participants, type Refusing } from "./_participants.ts";
import { type Trip, type TripSteps, tripSaga } from "./_trip.ts";
import { trip, World } from "./_world.ts";

/** A process dies at the n-th thing it does, before or after that has its effect; another one takes over. */
const scenarios: readonly { name: string; refusing: Refusing; end: string }[] = [
  { name: "a good trip", refusing: new Map(), end: "Completed" },
  { name: "a trip that is refused at its first effect", refusing: new Map([["HoldSeat", "always"]]), end: "undone" },
  { name: "a trip that is refused late", refusing: new Map([["Book", "always"]]), end: "undone" },
];

describe.each(scenarios)("$name", ({ refusing, end }) => {
  test.each(["before", "after"] as const)("ends the same whenever its process dies %s an effect", async (when) => {
    for (let point = 1; ; point++) {
      const outcome = await runWithCrash(refusing, point, when);
      if (!outcome.hasCrashed) {
        expect(point).toBeGreaterThan(3);
        return;
      }
      if (!outcome.isDurable) continue;
      expect({ point, when, end: outcome.end }).toEqual({ point, when, end });
      const effects = end === "Completed" ? ["committed", "done", "done"] : ["undone", "refused", "none"];
      for (const effect of outcome.effects) expect(effects).toContain(effect);
      if (end === "Completed") expect(outcome.effects).toEqual(effects);
    }
  });
});

async function runWithCrash(refusing: Refusing, point: number, when: "before" | "after") {
  const world = new World();
  const participants = new Participants(tripSaga() as never, refusing);
  const process = dyingProcess(point, when);
  const dying = await world.start(process.steps(participants), { journal: process.journal(world.journal()) });
  void dying.submit(trip()).catch(() => undefined);
  await world.clock.advance(100);
  // The caller of a trip that was never made durable has got no answer: it is as if it had never been asked for.
  if (world.database.rows.size === 0) return { hasCrashed: true, isDurable: false, end: "", effects: [] };
  await world.start(stepsOf(participants));
  await world.clock.until(() => ["Completed", "Failed", "Compensated"].includes(world.status), 60_000);
  await world.close();
  return {
    hasCrashed: process.hasDied(),
    isDurable: true,
    end: world.status === "Completed" ? "Completed" : "undone",
    effects: ["HoldSeat", "Charge", "Book"].map((step) => participants.of(step)),
  };
}

function dyingProcess(point: number, when: "before" | "after") {
  let deeds = 0;
  const isDead = (): boolean => deeds >= point;
  const forever = new Promise<never>(() => {});
  async function perform<T>(deed: () => Promise<T>): Promise<T> {
    if (isDead()) return forever;
    deeds++;
    if (!isDead()) return deed();
    if (when === "after") await deed();
    return forever;
  }
  return {
    hasDied: isDead,
    steps: (participants: Participants): TripSteps => {
      const steps = stepsOf(participants);
      const wrapped = Object.entries(steps).map(([name, run]) => [
        name,
        (data: Trip, call: never) => perform(() => (run as (data: Trip, call: never) => Promise<unknown>)(data, call)),
      ]);
      return Object.fromEntries(wrapped) as unknown as TripSteps;
    },
    journal: (journal: Journal<Trip, undefined>): Journal<Trip, undefined> => ({
      ...journal,
      insert: (...args) => perform(() => journal.insert(...args)),
      write: (...args) => perform(() => journal.write(...args)),
      beat: (...beat) => (isDead() ? forever : journal.beat(...beat)),
      claimDue: (claim) => (isDead() ? forever : journal.claimDue(claim)),
      claimLost: (...args) => (isDead() ? forever : journal.claimLost(...args)),
    }),
  };
}

function stepsOf(participants: Participants): TripSteps {
  const steps = tripSaga().steps;
  const run = (name: string) => async (): Promise<StepOutcome<Trip>> => {
    const step = steps.find((each) => each.name === name);
    if (!step) throw new Error(`no step ${name}`);
    return participants.do(step as never, 1) as StepOutcome<Trip>;
  };
  const undo = (name: string) => async () => participants.undo(name) as UndoOutcome;
  return {
    checkSeats: run("CheckSeats"),
    holdSeat: run("HoldSeat"),
    releaseSeat: undo("HoldSeat"),
    charge: run("Charge"),
    refund: undo("Charge"),
    book: run("Book"),
    cancel: undo("Book"),
    confirm: run("Confirm"),
  };
}
