import type { Log } from "@shop/platform/logging";
import type { Metrics } from "@shop/platform/metrics";

/** One request and what became of it. */
export interface RequestAnswered {
  readonly method: string;
  /** The route's pattern, such as "/api/orders/:id"; never the path itself, whose ids are without number. */
  readonly route: string;
  readonly status: number;
  readonly durationMs: number;
}

/** What happens at this door, told to metrics and log together. */
export interface Events {
  requestAnswered(event: RequestAnswered): void;
  /** A part of the requests is refused from now on, or (`share` 1) none any more, because this process is late, or is not. */
  shareChanged(event: { readonly share: number; readonly delayMs: number }): void;
  /** A request failed through no fault of its sender. */
  requestFailed(event: { readonly route: string; readonly err: unknown }): void;
}

/** What lines of this service may show beside what every service's may. */
export const logFields: readonly string[] = ["share", "delayMs"];

export function createEvents({ metrics, log }: { metrics: Metrics; log: Log }): Events {
  const duration = metrics.histogram({
    name: "http_server_request_duration_seconds",
    help: "Time from a request's first byte to its answer's last.",
    labels: ["route", "method", "status"],
  });
  return {
    requestAnswered({ method, route, status, durationMs }) {
      duration.observe({ route, method, status: String(status) }, durationMs / 1000);
      const level = method === "GET" && status < 500 ? "debug" : "info";
      log[level]({ method, route, httpStatus: status, durationMs: Math.round(durationMs) }, "request answered");
    },
    shareChanged({ share, delayMs }) {
      const told = { share, delayMs: Math.round(delayMs) };
      if (share < 1) log.warn(told, "too much to do: a part of the requests is refused");
      else log.info(told, "all requests are let in again");
    },
    requestFailed({ route, err }) {
      log.error({ route, err }, "request failed");
    },
  };
}
