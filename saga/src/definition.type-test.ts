// Checked by `npm run typecheck`: each line under an @ts-expect-error must not compile, every other one must.
import { defineSaga } from "./definition.ts";
import type { ArbiterOutcome, StepOutcome, UndoOutcome } from "./outcome.ts";

interface Trip {
  readonly seats: number;
}
declare const book: (trip: Trip) => Promise<StepOutcome<Trip>>;
declare const cancel: (trip: Trip) => Promise<UndoOutcome>;
declare const release: (trip: Trip) => Promise<ArbiterOutcome>;

const trip = () => defineSaga<Trip>("trip", { timeoutMs: 1 });
const hold = { do: book, undo: release, undoName: "ReleaseSeats" } as const;
const held = () => trip().step("HoldSeats", hold);
const payable = () => held().step("Pay", { do: book, undo: cancel, undoName: "Refund" });
const pivoted = () => held().pivot("Confirm", { do: book, arbiter: "HoldSeats" });

export const complete = held()
  .check("CheckSeats", book, { retries: 5 })
  .step("Pay", { do: book, undo: cancel, undoName: "Refund" })
  .pivot("Confirm", { do: book, arbiter: "HoldSeats" })
  .after({ completed: "SendTicket" });
export const withoutPivot = held().after({});

// @ts-expect-error a step with an effect has an undo
trip().step("HoldSeats", { do: book, undoName: "ReleaseSeats" });
// @ts-expect-error an undo has a name of its own
trip().step("HoldSeats", { do: book, undo: release });
// @ts-expect-error an undo's name is its own
trip().step("HoldSeats", { do: book, undo: release, undoName: "HoldSeats" });
// @ts-expect-error no name is used twice
held().step("HoldSeats", { do: book, undo: release, undoName: "ReleaseAgain" });
// @ts-expect-error nor is an undo's
held().check("ReleaseSeats", book);
// @ts-expect-error the arbiter is an earlier step
held().pivot("Confirm", { do: book, arbiter: "HoldPlaces" });
// @ts-expect-error whose undo can answer that the pivot has happened
payable().pivot("Confirm", { do: book, arbiter: "Pay" });
// @ts-expect-error a pivot has an arbiter
held().pivot("Confirm", { do: book });
// @ts-expect-error nothing that can be undone follows the pivot
pivoted().step("Ship", { do: book, undo: cancel, undoName: "Recall" });
// @ts-expect-error nor a second pivot
pivoted().pivot("Again", { do: book, arbiter: "HoldSeats" });
// @ts-expect-error a patch is a part of the saga's data
trip().check("CheckSeats", async () => ({ kind: "done", patch: { places: 1 } }));
