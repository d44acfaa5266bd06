import { randomUUID } from "node:crypto";
import type { SagaSnapshot } from "../src/index.ts";
import type { Intent, JournalLetter, SagaWrite } from "../src/journal.ts";
import type { Booking } from "./_journal-database.ts";
import type { Trip } from "./_trip.ts";

/** A saga that is in no journal yet. */
export function newTrip(change: Partial<SagaSnapshot<Trip>> = {}): SagaSnapshot<Trip> {
  const data = { traveller: "Ada" };
  return { id: randomUUID(), key: randomUUID(), status: "Started", currentStep: "", history: [], data, ...change };
}

export function intentOf(saga: SagaSnapshot<Trip>, reference: string = randomUUID()): Intent<Trip, Booking> {
  return { sagaId: saga.id, key: saga.key, data: saga.data, entity: { reference } };
}

export function writeOf(
  saga: SagaSnapshot<Trip>,
  change: Partial<Omit<SagaWrite<Trip>, "saga">> & { status?: SagaSnapshot<Trip>["status"]; currentStep?: string },
): SagaWrite<Trip> {
  const { status = "InProgress", currentStep = "Charge", ...rest } = change;
  const progress = { calls: {}, undone: [], parks: 0, writer: randomUUID() };
  const deadLetters: readonly JournalLetter[] = [];
  return { epoch: 1, seq: 1, progress, deadLetters, saga: { ...saga, status, currentStep }, ...rest };
}
