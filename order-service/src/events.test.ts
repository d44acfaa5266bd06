import { silentLog } from "@shop/platform/logging";
import { createMetrics } from "@shop/platform/metrics";
import type { SagaEvent } from "@shop/saga";
import { createEvents } from "./events.ts";

const SAGA = { sagaId: "s", key: "o" };
const CALLED = { kind: "called", direction: "do", step: "ProcessPayment", attempt: 1, durationMs: 5, ...SAGA } as const;

function counting() {
  const metrics = createMetrics("test");
  const events = createEvents(metrics, silentLog());
  return {
    events,
    metrics,
    /** The values of a metric by its labels, such as `step=ProcessPayment reason=unknown`. */
    async values(name: string): Promise<Record<string, number>> {
      const metric = await metrics.registry.getSingleMetric(name)?.get();
      const told = metric?.values.map(({ labels, value }) => {
        const { service: _, ...own } = labels as Record<string, string>;
        const key = Object.entries(own).map((label) => label.join("="));
        return [key.join(" "), value] as const;
      });
      return Object.fromEntries(told ?? []);
    },
  };
}

function finished(status: "Completed" | "Failed" | "Compensated", durationMs = 40): SagaEvent {
  return { kind: "finished", status, durationMs, ...SAGA };
}

test("counts each order as submitted once, and by its end as completed or failed", async () => {
  const { events, values } = counting();
  for (const orderId of ["a", "b", "c", "d", "e"]) events.orderSubmitted({ orderId, userId: "u", sagaId: "s" });
  for (const event of [finished("Completed"), finished("Completed"), finished("Failed"), finished("Compensated")]) {
    events.saga(event);
  }
  events.saga(finished("Completed"));

  expect(await values("order_submitted_total")).toEqual({ "": 5 });
  expect(await values("order_completed_total")).toEqual({ "": 3 });
  expect(await values("order_failed_total")).toEqual({ "": 2 });
});

test.each(["order_processing_duration_seconds", "saga_duration_seconds"])("%s is in seconds", async (name) => {
  const { events, values } = counting();
  events.saga(finished("Completed", 40));
  events.saga(finished("Failed", 2000));

  expect(await values(name)).toMatchObject({ "le=0.025": 0, "le=0.05": 1, "le=1": 1, "le=2.5": 2 });
});

test("counts the calls of a step that were not answered with success, by what came instead", async () => {
  const { events, values } = counting();
  events.saga({ ...CALLED, result: "done" });
  events.saga({ ...CALLED, result: "underWay" });
  events.saga({ ...CALLED, result: "unknown" });
  events.saga({ ...CALLED, result: "unknown" });
  events.saga({ ...CALLED, result: "blocked" });
  events.saga({ ...CALLED, result: "refused", reason: "PAYMENT_DECLINED" });
  events.saga({ ...CALLED, result: "unknown", direction: "undo", step: "RefundPayment" });

  expect(await values("saga_step_failures_total")).toEqual({
    "step=ProcessPayment reason=unknown": 2,
    "step=ProcessPayment reason=blocked": 1,
    "step=ProcessPayment reason=PAYMENT_DECLINED": 1,
    "step=RefundPayment reason=unknown": 1,
  });
});

test("counts the undos done, by the failure that asked for them", async () => {
  const { events, values } = counting();
  for (const step of ["RefundPayment", "ReleaseInventory", "ReleaseInventory"]) {
    events.saga({ kind: "compensated", step, reason: "ADDRESS_NOT_SERVED", ...SAGA });
  }
  expect(await values("saga_compensations_total")).toEqual({
    "step=RefundPayment reason=ADDRESS_NOT_SERVED": 1,
    "step=ReleaseInventory reason=ADDRESS_NOT_SERVED": 2,
  });
});

test("counts only those sagas as timed out that their timeout turned round", async () => {
  const { events, values } = counting();
  const turned = (code: string): SagaEvent => {
    return { kind: "turned", failure: { code, message: "", step: "ProcessPayment" }, awaitsArbiter: false, ...SAGA };
  };
  for (const code of ["SAGA_TIMEOUT", "STEP_EXHAUSTED", "PAYMENT_DECLINED", "SAGA_TIMEOUT"]) events.saga(turned(code));

  expect(await values("saga_timeouts_total")).toEqual({ "": 2 });
});

test("counts what operators asked for, by action", async () => {
  const { events, metrics, values } = counting();
  const by = { actor: "oscar", reason: "because", ...SAGA };
  for (const action of ["retry", "retry", "compensate", "resolve"] as const) {
    events.saga({ kind: "intervened", action, ...by });
  }
  events.messageRetried({ sagaId: "s", orderId: "o", step: "SendNotification", actor: "oscar" });

  expect(await values("saga_operator_actions_total")).toEqual({
    "action=retry": 2,
    "action=compensate": 1,
    "action=resolve": 1,
    "action=resend": 1,
  });
  expect(await metrics.registry.metrics()).not.toMatch(/oscar|because/);
});

test("shows how many watch an order whenever it is asked for", async () => {
  const { events, values } = counting();
  let watchers = 3;
  events.watchers(() => watchers);
  expect(await values("order_watchers")).toEqual({ "": 3 });
  watchers = 0;
  expect(await values("order_watchers")).toEqual({ "": 0 });
});

test("shows each breaker as it stands now", async () => {
  const { events, values } = counting();
  events.breakerChanged("inventory", "closed");
  events.breakerChanged("payments", "open");
  events.breakerChanged("shipping", "open");
  events.breakerChanged("shipping", "half-open");

  expect(await values("circuit_breaker_state")).toEqual({
    "target=inventory": 0,
    "target=shipping": 1,
    "target=payments": 2,
  });
});

test("shows what the engine runs and what waits, and NaN where the database cannot be asked", async () => {
  const { events, metrics, values } = counting();
  let questions = 0;
  let backlog = async () => {
    questions++;
    return { parked: 3, oldestParkedSeconds: 12.5, unknownDefinition: 2 };
  };
  events.watch({ inFlight: 7, backlog: () => backlog() });

  await metrics.registry.metrics();
  expect(questions).toBe(1);
  expect(await values("saga_in_flight")).toEqual({ "": 7 });
  expect(await values("saga_parked")).toEqual({ "": 3 });
  expect(await values("saga_oldest_parked_seconds")).toEqual({ "": 12.5 });
  expect(await values("saga_unknown_definition")).toEqual({ "": 2 });

  backlog = () => Promise.reject(new Error("the database is away"));
  expect(await values("saga_parked")).toEqual({ "": Number.NaN });
});
