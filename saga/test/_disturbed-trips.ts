import fc from "fast-check";
import { Disturbance } from "./_disturbance.ts";

/** Trips in so many different worlds: each ends wholly or not at all, and who watches is told of it. */
export async function endDisturbedTrips(worlds: number): Promise<void> {
  const events = fc.array(fc.nat(999), { maxLength: 60, size: "max" });
  await fc.assert(fc.asyncProperty(events, endTrips), { numRuns: worlds });
}

async function endTrips(choices: readonly number[]): Promise<void> {
  const world = new Disturbance();
  await world.begin(3, ["saga-0", "saga-1"]);
  for (const choice of choices) await world.choose(choice);
  await world.calmDown();
  for (const { saga } of world.database.rows.values()) expectAllOrNothing(world, saga.id);
  await world.close();
}

function expectAllOrNothing(world: Disturbance, id: string): void {
  const saga = world.database.rows.get(id)?.saga;
  const participants = world.participants.get(saga?.key ?? "");
  if (!saga || !participants) throw new Error("no saga");
  const effects = ["HoldSeat", "Charge", "Book"].map((step) => participants.of(step));
  if (saga.status === "Completed") {
    expect(effects).toEqual(["committed", "done", "done"]);
    // What the steps found out is known, whatever was lost on the way.
    expect(Object.keys(saga.data)).toEqual(expect.arrayContaining(["HoldSeat", "Charge", "Book"]));
  } else {
    expect(effects).not.toContain("done");
    expect(effects).not.toContain("committed");
    expect(saga.failure).toBeDefined();
  }
  // Who watches from the last process is told of the end, whoever brought it about.
  const last = world.told.get(id)?.at(-1);
  expect([last?.status, last?.failure]).toEqual([saga.status, saga.failure]);
}
