import { askIdentity } from "./auth-http.ts";
import { isSameKeySet, type KeySet, type ReadKeys, readKeySet } from "./auth-keys.ts";
import type { Log } from "./logging.ts";

/** Where a verifier's keys come from. */
export interface KeySource {
  /** The keys as last read; undefined before the first time. */
  current(): KeySet | undefined;
  /** Reads the keys for the first time and goes on reading them. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** How a polled source reads. */
export interface PolledKeysOptions {
  /** The JWKS document. */
  url: string;
  /** Milliseconds between two readings. */
  pollMs: number;
  log: Log;
  /** Told when the keys are others than before. */
  onChange(): void;
}

/** The longest one reading may take. */
const readTimeoutMs = 2000;

/** How often the first reading is tried, and how long `start` waits for it in all. */
const firstPollMs = 250;
const startTimeoutMs = 15_000;

/**
 * Creates a source that polls a JWKS document. While it cannot be read the keys that are known stay. `start` answers
 * after the first reading, or without one when its time is up; then polling goes on and nothing can be verified yet.
 */
export function createPolledKeys(options: PolledKeysOptions): KeySource {
  const { url, log } = options;
  const closing = new AbortController();
  let keys: KeySet | undefined;
  let timer: NodeJS.Timeout | undefined;
  let reading: Promise<void> = Promise.resolve();
  let isFailing = false;
  let toldFaults = "";

  async function readOnce(): Promise<void> {
    try {
      const { keys: next, faults } = await fetchKeys(url, closing.signal);
      tellFaults(faults);
      const isNew = keys === undefined || !isSameKeySet(keys, next);
      keys = next;
      if (isNew) options.onChange();
      if (isNew) log.info({ count: next.size }, "verification keys read");
      isFailing = false;
    } catch (err) {
      if (!isFailing && !closing.signal.aborted) log.warn({ err }, "verification keys cannot be read");
      isFailing = true;
    }
  }

  /** The document is read often; what is wrong with it is told when that changes. */
  function tellFaults(faults: readonly string[]): void {
    const text = faults.join("; ");
    if (text !== toldFaults && text !== "") log.warn({ reason: text }, "malformed verification keys left out");
    toldFaults = text;
  }

  function poll(): Promise<void> {
    reading = readOnce().then(() => {
      if (closing.signal.aborted) return;
      timer = setTimeout(poll, keys === undefined ? firstPollMs : options.pollMs);
      timer.unref();
    });
    return reading;
  }

  return {
    current: () => keys,
    async start() {
      const limit = Date.now() + startTimeoutMs;
      await poll();
      while (keys === undefined && Date.now() < limit && !closing.signal.aborted) await pause(firstPollMs);
    },
    async close() {
      closing.abort();
      clearTimeout(timer);
      await reading;
    },
  };
}

/** A source whose keys never change. */
export function fixedKeys(keys: KeySet): KeySource {
  return { current: () => keys, start: async () => {}, close: async () => {} };
}

async function fetchKeys(url: string, signal: AbortSignal): Promise<ReadKeys> {
  const { status, body } = await askIdentity(url, { method: "GET", timeoutMs: readTimeoutMs, signal });
  if (status !== 200) throw new Error(`The JWKS document answered ${status}.`);
  return readKeySet(body);
}

function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}
