import { askIdentity } from "./auth-http.ts";
import type { Log } from "./logging.ts";
import type { Tls } from "./tls.ts";

/** A document of the identity service that is read again and again. */
export interface PolledDocument<T> {
  /** What was read last; undefined before the first time. */
  current(): T | undefined;
  /** Seconds since it was last read, or found unchanged; since it was created where it never was. */
  ageSeconds(): number;
  /** Reads it for the first time and goes on reading it. Answers after that, or when `withinMs` are up without it. */
  start(withinMs: number): Promise<void>;
  close(): Promise<void>;
}

/** What is read, and how. */
export interface PolledDocumentOptions<T> {
  url: string;
  /** What it is called in the log. */
  name: string;
  /** Milliseconds from the beginning of one reading to that of the next. */
  pollMs: number;
  /** The greatest document, in bytes. */
  maxBytes: number;
  log: Log;
  /** By what an https address is known. */
  tls?: Tls;
  /** Takes what is needed out of it; throws where it is no such document. Answers `before` where nothing has changed. */
  read(body: unknown, before: T | undefined): T;
}

/** The longest one reading may take. With two of them and the pause between, a change is still known within 10 s. */
const readTimeoutMs = 1500;

/** The pause after a reading that failed, from its beginning, and that of the first readings at a start. */
const retryMs = 1000;
const firstRetryMs = 250;

/**
 * Creates the reader of a document. It asks whether the document has changed since (ETag), at a fixed pace. While it
 * cannot be read, what was read last stays, it is asked for every second, and the log tells it once.
 */
export function createPolledDocument<T>(options: PolledDocumentOptions<T>): PolledDocument<T> {
  const { log, name, pollMs } = options;
  const closing = new AbortController();
  let value: T | undefined;
  let etag: string | undefined;
  let readAtMs = performance.now();
  let hastyUntilMs = 0;
  let isFailing = false;
  let timer: NodeJS.Timeout | undefined;
  let reading: Promise<void> = Promise.resolve();

  async function readOnce(): Promise<void> {
    try {
      const answer = await ask(options, etag, closing.signal);
      if (answer !== undefined) {
        const before = value;
        value = options.read(answer.body, before);
        etag = answer.etag;
        if (value !== before) log.info({}, `${name} read`);
      }
      readAtMs = performance.now();
      isFailing = false;
    } catch (err) {
      if (!isFailing && !closing.signal.aborted) log.warn({ err }, `${name} cannot be read`);
      isFailing = true;
    }
  }

  function pauseMs(): number {
    if (!isFailing) return pollMs;
    return Math.min(pollMs, performance.now() < hastyUntilMs ? firstRetryMs : retryMs);
  }

  function poll(): Promise<void> {
    const startedAtMs = performance.now();
    reading = readOnce().then(() => {
      if (closing.signal.aborted) return;
      timer = setTimeout(poll, Math.max(0, startedAtMs + pauseMs() - performance.now()));
      timer.unref();
    });
    return reading;
  }

  return {
    current: () => value,
    ageSeconds: () => (performance.now() - readAtMs) / 1000,
    async start(withinMs) {
      hastyUntilMs = performance.now() + withinMs;
      await poll();
      while (value === undefined && performance.now() < hastyUntilMs && !closing.signal.aborted) {
        await pause(Math.min(firstRetryMs, pollMs));
      }
    },
    async close() {
      closing.abort();
      clearTimeout(timer);
      await reading;
    },
  };
}

/** The document; undefined where it is still the one with this ETag. */
async function ask(
  { url, maxBytes, tls }: Pick<PolledDocumentOptions<unknown>, "url" | "maxBytes" | "tls">,
  etag: string | undefined,
  signal: AbortSignal,
): Promise<{ body: unknown; etag?: string } | undefined> {
  const headers: Record<string, string> = etag === undefined ? {} : { "if-none-match": etag };
  const answer = await askIdentity(url, { method: "GET", headers, timeoutMs: readTimeoutMs, maxBytes, signal, tls });
  if (answer.status === 304 && etag !== undefined) return undefined;
  if (answer.status !== 200) throw new Error(`The document answered ${answer.status}.`);
  return answer;
}

function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}
