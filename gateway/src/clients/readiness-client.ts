import { request as requestHttps } from "node:https";
import { request as requestHttp } from "@shop/platform/node-http";
import { type Readiness, type ServiceState, toReadiness } from "../domain/readiness.ts";

const PROBE_TIMEOUT_MS = 1_000;
const KEEP_MS = 1_000;

/** Tells whether every service is ready. */
export interface ReadinessProbe {
  /** At most one second old; however many ask, each service is asked once. */
  read(): Promise<Readiness>;
}

/** What {@link createReadinessProbe} needs. */
export interface ReadinessProbeOptions {
  /** For each service, by its name, the addresses at which its processes tell whether they are ready. */
  readonly targets: Readonly<Record<string, readonly string[]>>;
  /** The time in milliseconds, only ever compared with itself. Default: the monotonic clock. */
  readonly now?: () => number;
}

/** Creates the probe; nothing is asked before somebody wants to know. */
export function createReadinessProbe({
  targets,
  now = () => performance.now(),
}: ReadinessProbeOptions): ReadinessProbe {
  let kept: { until: number; answer: Promise<Readiness> } | undefined;
  return {
    read() {
      if (!kept || now() >= kept.until) kept = { until: now() + KEEP_MS, answer: askAll(targets) };
      return kept.answer;
    },
  };
}

async function askAll(targets: Readonly<Record<string, readonly string[]>>): Promise<Readiness> {
  const asked = Object.entries(targets).map(async ([service, urls]) => [service, await askService(urls)] as const);
  return toReadiness(Object.fromEntries(await Promise.all(asked)));
}

/** One process that is ready can do the service's part. */
async function askService(urls: readonly string[]): Promise<ServiceState> {
  const states = await Promise.all(urls.map(ask));
  return (["ready", "not ready"] as const).find((state) => states.includes(state)) ?? "unreachable";
}

/** By a connection of its own; `fetch` would do the same, and load undici for it. */
function ask(url: string): Promise<ServiceState> {
  const request = url.startsWith("https:") ? requestHttps : requestHttp;
  return new Promise((resolve) => {
    const req = request(url, { agent: false, signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) }, (res) => {
      resolve(res.statusCode === 200 ? "ready" : "not ready");
      res.destroy();
    });
    // Whatever hinders the question (refused, timed out, no such host), the answer to ours is the same.
    req.on("error", () => resolve("unreachable"));
    req.end();
  });
}
