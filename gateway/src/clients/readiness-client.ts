import { request as requestHttps } from "node:https";
import { request as requestHttp } from "@shop/platform/node-http";
import { type Readiness, type ServiceState, toReadiness } from "../domain/readiness.ts";

/** A service has so many turns to answer, each as long as TURN_MS and as this process is late: one second, where it is not. */
const TURNS = 10;
const TURN_MS = 100;
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
  /** Fires once, unless what it answered is called before. Default: the event loop's timers. */
  readonly setTimer?: SetTimer;
}

type SetTimer = (fire: () => void, delayMs: number) => () => void;

/** Creates the probe; nothing is asked before somebody wants to know. */
export function createReadinessProbe({
  targets,
  now = () => performance.now(),
  setTimer = setLoopTimer,
}: ReadinessProbeOptions): ReadinessProbe {
  let kept: { until: number; answer: Promise<Readiness> } | undefined;
  return {
    read() {
      if (!kept || now() >= kept.until) kept = { until: now() + KEEP_MS, answer: askAll(targets, setTimer) };
      return kept.answer;
    },
  };
}

function setLoopTimer(fire: () => void, delayMs: number): () => void {
  const timer = setTimeout(fire, delayMs);
  return () => clearTimeout(timer);
}

async function askAll(targets: ReadinessProbeOptions["targets"], setTimer: SetTimer): Promise<Readiness> {
  const asked = Object.entries(targets).map(
    async ([service, urls]) => [service, await askService(urls, setTimer)] as const,
  );
  return toReadiness(Object.fromEntries(await Promise.all(asked)));
}

/** One process that is ready can do the service's part. */
async function askService(urls: readonly string[], setTimer: SetTimer): Promise<ServiceState> {
  const states = await Promise.all(urls.map((url) => ask(url, setTimer)));
  return (["ready", "not ready"] as const).find((state) => states.includes(state)) ?? "unreachable";
}

/** By a connection of its own; `fetch` would do the same, and load undici for it. */
function ask(url: string, setTimer: SetTimer): Promise<ServiceState> {
  const request = url.startsWith("https:") ? requestHttps : requestHttp;
  return new Promise((resolve) => {
    const req = request(url, { agent: false }, (res) => {
      settle(res.statusCode === 200 ? "ready" : "not ready");
      res.destroy();
    });
    const stop = afterTurns(() => req.destroy(new Error("It did not answer in time.")), setTimer);
    const settle = (state: ServiceState) => {
      stop();
      resolve(state);
    };
    // Whatever hinders the question (refused, timed out, no such host), the answer to ours is the same.
    req.on("error", () => settle("unreachable"));
    req.end();
  });
}

/**
 * The time in which a service may answer, as the event loop has it: a process that is late reads answers late, and would
 * else take its own lateness for that of all services. Between any two turns it has read what has come.
 */
function afterTurns(fire: () => void, setTimer: SetTimer): () => void {
  let left = TURNS;
  let stop = setTimer(turn, TURN_MS);
  function turn(): void {
    left -= 1;
    if (left === 0) fire();
    else stop = setTimer(turn, TURN_MS);
  }
  return () => stop();
}
