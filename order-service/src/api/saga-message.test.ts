import { SagaStatus } from "@shop/protos/gen/shop/orders/v1/orders";
import type { HistoryEntry } from "@shop/saga";
import type { SagaRecord } from "../store/sagas.ts";
import type { User } from "./caller.ts";
import { sagaMessageFor, toSagaStatusMessage } from "./saga-message.ts";

const ALICE = "01900000-0000-7000-8000-00000000a11c";
const OSCAR = "01900000-0000-7000-8000-00000005ca40";

const saga: SagaRecord = {
  id: "01900000-0000-7000-8000-0000000000ab",
  orderId: "01900000-0000-7000-8000-0000000000aa",
  userId: ALICE,
  status: "Compensated",
  currentStep: "RefundPayment",
  history: [
    entry("ProcessPayment", "no answer"),
    entry("Retry", `${OSCAR}: the bank is back`),
    entry("Compensate", `${OSCAR}: she never pays`),
    entry("RefundPayment", "done by hand"),
    entry("Resolve", `${OSCAR}: RefundPayment: by cheque`),
  ],
  startedAt: new Date(0),
  completedAt: new Date(1),
};

function entry(step: string, message: string): HistoryEntry {
  return { step, status: "Completed", message, attempt: 1, timestamp: "2026-01-31T09:30:00.060Z" };
}

function told(role: User["role"], userId: string): string[] {
  return sagaMessageFor({ role, userId }, saga).history.map(({ step, message }) => `${step}: ${message}`);
}

test("a customer sees that an operator acted, and neither who nor why", () => {
  expect(told("customer", ALICE)).toEqual([
    "ProcessPayment: no answer",
    "Retry: ",
    "Compensate: ",
    "RefundPayment: done by hand",
    "Resolve: ",
  ]);
  expect(JSON.stringify(sagaMessageFor({ role: "customer", userId: ALICE }, saga))).not.toContain(OSCAR);
});

test.each(["operator", "Admin"] as const)("an %s sees who acted, and why, also on an own order", (role) => {
  expect(told(role, ALICE)).toEqual(saga.history.map(({ step, message }) => `${step}: ${message}`));
});

test("every status of a saga has one of its own on the wire", () => {
  const statuses = ["Started", "InProgress", "Completed", "Failed", "Compensating", "Compensated", "Parked"] as const;
  const onTheWire = statuses.map(toSagaStatusMessage);
  expect(new Set(onTheWire).size).toBe(statuses.length);
  expect(onTheWire).not.toContain(SagaStatus.SAGA_STATUS_UNSPECIFIED);
});
