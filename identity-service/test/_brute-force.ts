import { createHash } from "node:crypto";
import type { TestIdentity } from "./_identity.ts";

/** One try at the door. */
export interface Try {
  readonly username: string;
  readonly password: string;
  /** Where it comes from, as the proxy in front says. */
  readonly address: string;
}

/** What came of many tries. */
export interface Outcome {
  /** How many were answered with each status. A password was looked at where it is 200 or 401. */
  readonly statuses: Readonly<Record<number, number>>;
  /** The usernames that were let in. */
  readonly letIn: readonly string[];
  /** All bodies that were answered to tries that failed, but for what varies from one to the next. */
  readonly bodies: ReadonlySet<string>;
  readonly seconds: number;
}

/** Makes all tries, so many at once, until they are done. */
export async function attack(identity: TestIdentity, tries: readonly Try[], atOnce: number): Promise<Outcome> {
  const statuses: Record<number, number> = {};
  const letIn: string[] = [];
  const bodies = new Set<string>();
  const startedMs = performance.now();
  let next = 0;

  async function attacker(): Promise<void> {
    for (let one = tries[next]; one !== undefined; one = tries[next]) {
      next += 1;
      const response = await logIn(identity, one);
      statuses[response.status] = (statuses[response.status] ?? 0) + 1;
      const body = await response.text();
      if (response.status === 200) letIn.push(one.username);
      else bodies.add(`${response.status} ${body}`);
    }
  }

  await Promise.all(Array.from({ length: atOnce }, attacker));
  return { statuses, letIn, bodies, seconds: (performance.now() - startedMs) / 1000 };
}

function logIn(identity: TestIdentity, { username, password, address }: Try): Promise<Response> {
  return identity.login({ username, password }, { "x-forwarded-for": address });
}

/** How many passwords were looked at. */
export function checked({ statuses }: Outcome): number {
  return (statuses[200] ?? 0) + (statuses[401] ?? 0);
}

/** A user who logs in again and again, from one address, until told to stop. */
export interface RealUser {
  /** Stops, and tells how long each login took, in milliseconds, and how it was refused in between. */
  stop(): Promise<{ tookMs: number[]; refused: number[] }>;
}

/** Logs the user in from an address, or from a new one each time, with a pause between. After a 503 the user tries again. */
export function keepLoggingIn(
  identity: TestIdentity,
  username: string,
  addressOf: (login: number) => string,
  pauseMs: number,
): RealUser {
  const tookMs: number[] = [];
  const refused: number[] = [];
  const stopping = new AbortController();
  async function run(): Promise<void> {
    for (let login = 0; !stopping.signal.aborted; login += 1) {
      const from = performance.now();
      const real = { username, password: "demo-password", address: addressOf(login) };
      let status = await statusOf(logIn(identity, real));
      for (; status === 503; status = await statusOf(logIn(identity, real))) {
        refused.push(status);
        await pause(1_000, stopping.signal);
      }
      tookMs.push(performance.now() - from);
      if (status !== 200) refused.push(status);
      await pause(pauseMs, stopping.signal);
    }
  }
  const running = run();
  return {
    async stop() {
      stopping.abort();
      await running;
      return { tookMs, refused };
    },
  };
}

async function statusOf(answer: Promise<Response>): Promise<number> {
  const response = await answer;
  await response.arrayBuffer();
  return response.status;
}

/** Ends early when the signal says so. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** The same text for the same seed and index, and for no other. */
export function made(seed: string, index: number): string {
  return createHash("sha256").update(`${seed} ${index}`).digest("base64url").slice(0, 16);
}

/** An IPv4 address of the 10.0.0.0/8 that every index has for itself. */
export function addressOf(index: number): string {
  return `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`;
}

/** One account, one address, a new password each time. */
export function guesses(count: number, seed: string, username: string): Try[] {
  return Array.from({ length: count }, (_, index) => ({
    username,
    password: made(seed, index),
    address: "198.51.100.1",
  }));
}

/** A list of names and passwords from somewhere else, one of them good, from one address. */
export function stuffing(count: number, seed: string, good: Pick<Try, "username" | "password">, goodAt: number): Try[] {
  return Array.from({ length: count }, (_, index) => ({
    username: `${made(`${seed} name`, index)}@example.com`,
    password: made(seed, index),
    ...(index === goodAt && good),
    address: "198.51.100.2",
  }));
}

/** One account from so many addresses, which take turns. */
export function botnet(count: number, seed: string, username: string, addresses: number): Try[] {
  return Array.from({ length: count }, (_, index) => ({
    username,
    password: made(seed, index),
    address: addressOf(index % addresses),
  }));
}

/** How many passwords one network can have looked at for one account within so many seconds, by the throttle's rule. */
export function allowedPerPair(burst: number, seconds: number): number {
  let allowed = burst;
  for (let delay = 1, passed = 1; passed <= seconds; delay = Math.min(60, delay * 2), passed += delay) allowed += 1;
  return allowed;
}

/** The median and the greatest of some times, for a report. */
export function timesOf(values: readonly number[]): string {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
  return `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, most ${at(1)} ms of ${sorted.length}`;
}
