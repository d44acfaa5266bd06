import type { Log } from "@shop/platform/logging";
import type { Metrics } from "@shop/platform/metrics";
import type { GuardState } from "@shop/platform/resilience";
import type { Engine, SagaEvent } from "@shop/saga";

const BREAKER_STATES: Record<GuardState, number> = { closed: 0, "half-open": 1, open: 2 };
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** Fields of this service's log lines beside the common ones. */
export const logFields: readonly string[] = ["action", "actor"];

/** What happens in this service that is worth counting or telling. */
export type Events = ReturnType<typeof createEvents>;

/** Creates the events: each feeds its metrics and its log line together. Ids stand in the log only. */
export function createEvents(metrics: Metrics, log: Log) {
  const submitted = metrics.counter({ name: "order_submitted_total", help: "Orders accepted." });
  const completed = metrics.counter({ name: "order_completed_total", help: "Orders that ended Completed." });
  const failed = metrics.counter({ name: "order_failed_total", help: "Orders that ended Failed." });
  const processing = metrics.histogram({
    name: "order_processing_duration_seconds",
    help: "From the acceptance of an order to its end.",
    buckets: SECONDS,
  });
  const breaker = metrics.gauge({
    name: "circuit_breaker_state",
    help: "0 closed, 1 half-open, 2 open.",
    labels: ["target"],
  });
  const operatorActions = metrics.counter({
    name: "saga_operator_actions_total",
    help: "What operators asked for, by action: retry, compensate, resolve, resend.",
    labels: ["action"],
  });
  const saga = createSagaEvents(metrics, log);

  return {
    orderSubmitted(order: { orderId: string; userId: string; sagaId: string }): void {
      submitted.inc();
      log.info(order, "order submitted");
    },

    breakerChanged(target: string, state: GuardState): void {
      breaker.set({ target }, BREAKER_STATES[state]);
      if (state !== "closed") log.warn({ target, state }, "circuit breaker changed");
      else log.debug({ target, state }, "circuit breaker changed");
    },

    /** From now on the sagas that wait or run are counted whenever the metrics are asked for. */
    watch(engine: Pick<Engine<never, never>, "inFlight" | "backlog">): void {
      const backlog = oncePerScrape(() => engine.backlog());
      const orUnknown = (value: Promise<number>) => value.catch(() => Number.NaN);
      metrics.gauge({
        name: "saga_in_flight",
        help: "Sagas that this process is running.",
        collect: async () => engine.inFlight,
      });
      metrics.gauge({
        name: "saga_parked",
        help: "Sagas that wait for a participant, at a step or at an undo; NaN while the database cannot be asked.",
        collect: () => orUnknown(backlog().then(({ parked }) => parked)),
      });
      metrics.gauge({
        name: "saga_oldest_parked_seconds",
        help: "For how long the oldest parked saga has waited; NaN while the database cannot be asked.",
        collect: () => orUnknown(backlog().then(({ oldestParkedSeconds }) => oldestParkedSeconds)),
      });
      metrics.gauge({
        name: "saga_unknown_definition",
        help: "Open sagas of a definition that this process does not know; NaN while the database cannot be asked.",
        collect: () => orUnknown(backlog().then(({ unknownDefinition }) => unknownDefinition)),
      });
    },

    /** From now on those who watch an order are counted whenever the metrics are asked for. */
    watchers(count: () => number): void {
      metrics.gauge({
        name: "order_watchers",
        help: "Callers that watch an order at this process.",
        collect: async () => count(),
      });
    },

    /** An operator has a message to a customer sent again that was given up. */
    messageRetried(about: { sagaId: string; orderId: string; step: string; actor: string }): void {
      operatorActions.inc({ action: "resend" });
      log.warn({ ...about, action: "resend" }, "operator asked for a message again");
    },

    /** Receives everything that the engine tells. */
    saga(event: SagaEvent): void {
      saga(event);
      if (event.kind === "intervened") operatorActions.inc({ action: event.action });
      if (event.kind !== "finished") return;
      processing.observe(event.durationMs / 1000);
      (event.status === "Completed" ? completed : failed).inc();
    },
  };
}

function createSagaEvents(metrics: Metrics, log: Log): (event: SagaEvent) => void {
  const duration = metrics.histogram({
    name: "saga_duration_seconds",
    help: "From a saga's intent to its end.",
    buckets: SECONDS,
  });
  const labels = ["step", "reason"];
  const stepFailures = metrics.counter({
    name: "saga_step_failures_total",
    help: "Calls of a step or undo that were not answered with success.",
    labels,
  });
  const compensations = metrics.counter({
    name: "saga_compensations_total",
    help: "Undos done, by the failure that asked for them.",
    labels,
  });
  const undosExhausted = metrics.counter({
    name: "saga_undos_exhausted_total",
    help: "Undos that are out of retries. Each is an alarm: it is retried until it is done, and somebody should look why.",
    labels: ["step"],
  });
  const timeouts = metrics.counter({ name: "saga_timeouts_total", help: "Sagas turned round by their timeout." });

  return (event) => {
    switch (event.kind) {
      case "started":
      case "replaced":
        return log.debug(about(event), `saga ${event.kind}`);
      case "called": {
        if (event.result === "done" || event.result === "underWay") return;
        const reason = event.result === "refused" ? (event.reason ?? "refused") : event.result;
        stepFailures.inc({ step: event.step, reason });
        return log.info({ ...about(event), step: event.step, attempt: event.attempt, reason }, "saga step not done");
      }
      case "turned":
        if (event.failure.code === "SAGA_TIMEOUT") timeouts.inc();
        return log.info({ ...about(event), step: event.failure.step, reason: event.failure.code }, "saga turned round");
      case "compensated":
        compensations.inc({ step: event.step, reason: event.reason });
        return log.info({ ...about(event), step: event.step, reason: event.reason }, "saga step undone");
      case "parked":
        return log.warn({ ...about(event), step: event.step }, "saga parked");
      case "exhausted": {
        const fields = { ...about(event), step: event.step, attempts: event.attempts };
        if (event.direction === "do") return log.warn(fields, "step exhausted");
        undosExhausted.inc({ step: event.step });
        return log.error(fields, "undo exhausted: it is retried until it is done");
      }
      case "claimed":
        return log.info({ ...about(event), epoch: event.epoch, reason: event.lost ? "lost" : "due" }, "saga claimed");
      case "intervened": {
        // The operator's reason is free text and stands in the saga's history.
        const { action, actor, undo } = event;
        return log.warn({ ...about(event), action, actor, step: undo }, "operator intervened in saga");
      }
      case "finished":
        duration.observe(event.durationMs / 1000);
        return log.info(
          { ...about(event), status: event.status, durationMs: event.durationMs, reason: event.failure?.code },
          "saga finished",
        );
      case "crashed":
        return log.error(
          { ...about(event), err: event.error, attempts: event.times, delayMs: event.retryInMs },
          "saga interrupted by a fault of its engine",
        );
      case "stale":
        return log.error("heartbeat too old: this process has let go of its sagas");
      case "journalFailed":
        return log.error({ err: event.error, name: event.operation }, "saga journal failed; trying again");
      default:
        return event satisfies never;
    }
  };
}

/** The gauges of one scrape are collected at the same time: they share one question to the database. */
function oncePerScrape<Answer>(ask: () => Promise<Answer>): () => Promise<Answer> {
  let asked: Promise<Answer> | undefined;
  return () => {
    asked ??= ask().finally(() => {
      asked = undefined;
    });
    return asked;
  };
}

function about({ sagaId, key }: { sagaId: string; key: string }): { sagaId: string; orderId: string } {
  return { sagaId, orderId: key };
}
