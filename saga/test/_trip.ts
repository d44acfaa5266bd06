import {
  type Do,
  defineSaga,
  type SagaDefinition,
  type StepOutcome,
  type Undo,
  type UndoOutcome,
} from "../src/index.ts";
import type { ArbiterOutcome } from "../src/outcome.ts";

/** The saga of these tests: a check, three steps with undos, a pivot. */
export interface Trip {
  readonly traveller: string;
  readonly seat?: string;
  readonly price?: number;
}

/** What the participants of a trip answer; a test replaces what it is about. */
export interface TripSteps {
  checkSeats: Do<Trip>;
  holdSeat: Do<Trip>;
  releaseSeat: (trip: Trip) => Promise<ArbiterOutcome>;
  charge: Do<Trip>;
  refund: Undo<Trip>;
  book: Do<Trip>;
  cancel: Undo<Trip>;
  confirm: Do<Trip>;
}

export const done = async (): Promise<{ kind: "done" }> => ({ kind: "done" });
export const refuse = (code: string) => async (): Promise<StepOutcome<Trip>> => ({
  kind: "refused",
  code,
  message: `no: ${code}`,
});
export const fail = (message: string) => async (): Promise<UndoOutcome> => ({ kind: "unknown", message });

export function tripSaga(steps: Partial<TripSteps> = {}): SagaDefinition<Trip> {
  const all: TripSteps = {
    checkSeats: done,
    holdSeat: async () => ({ kind: "done", patch: { seat: "12A" } }),
    releaseSeat: done,
    charge: async () => ({ kind: "done", patch: { price: 4200 } }),
    refund: done,
    book: done,
    cancel: done,
    confirm: done,
    ...steps,
  };
  return defineSaga<Trip>("trip", { timeoutMs: 300_000 })
    .check("CheckSeats", all.checkSeats)
    .step("HoldSeat", { do: all.holdSeat, undo: all.releaseSeat, undoName: "ReleaseSeat" })
    .step("Charge", { do: all.charge, undo: all.refund, undoName: "Refund", policy: { giveUpAfterMs: 30_000 } })
    .step("Book", { do: all.book, undo: all.cancel, undoName: "Cancel", policy: { giveUpAfterMs: 30_000 } })
    .pivot("Confirm", { do: all.confirm, arbiter: "HoldSeat" })
    .after({ completed: "SendTicket", failed: "SendRegrets" });
}
