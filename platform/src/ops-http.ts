import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Log } from "./logging.ts";
import type { Metrics } from "./metrics.ts";
import { createServer } from "./node-http.ts";

/** What an operations server is made of. */
export interface OpsServerOptions {
  host: string;
  /** 0 takes a free one. */
  port: number;
  metrics: Metrics;
  /** What has to work for the service to be ready; each resolves when it does. */
  checks: Record<string, () => Promise<void>>;
  log: Log;
  /** The longest a check may take, in milliseconds; 2000 where left out. */
  checkTimeoutMs?: number;
}

/** Serves `/metrics`, `/health/live` (the process answers) and `/health/ready`, also as `/health` (it can do its work). */
export interface OpsServer {
  start(): Promise<void>;
  close(): Promise<void>;
  /** The real port, once started. */
  readonly port: number;
  /** Claims that the service is open, that every check passes and that it is not draining. */
  isReady(): Promise<boolean>;
  /** The service has started: from now on it is ready when its checks pass. Before this it never is. */
  open(): void;
  /** From now on the service is not ready, so that no new work is sent to it. */
  drain(): void;
}

/** What `/health/ready` answers, with 200 for ok and 503 for the others. */
export interface Readiness {
  status: "starting" | "ok" | "failed" | "draining";
  checks: Record<string, { status: "ok" | "failed"; message?: string }>;
}

const closeLimitMs = 1000;

/** Creates the operations server of a service; it listens once started. */
export function createOpsServer(options: OpsServerOptions): OpsServer {
  const readiness = createReadiness(options);
  const server = createServer(
    {
      requestTimeout: 5000,
      headersTimeout: 5000,
      connectionsCheckingInterval: 5000,
      keepAliveTimeout: 65_000,
      maxHeaderSize: 8192,
    },
    (req, res) => {
      answer(req, res, options.metrics, readiness.report).catch((err) => {
        options.log.error({ err }, "operations request failed");
        if (!res.headersSent) send(res, 500, "text/plain", "failed");
        res.destroy();
      });
    },
  );
  server.maxConnections = 100;
  return {
    start: () => listen(server, options),
    close: () => closeWithin(server, closeLimitMs),
    get port() {
      return (server.address() as AddressInfo | null)?.port ?? options.port;
    },
    isReady: async () => (await readiness.report()).status === "ok",
    open: () => readiness.enter("open"),
    drain: () => readiness.enter("draining"),
  };
}

function createReadiness({ checks, checkTimeoutMs = 2000, log }: OpsServerOptions) {
  let phase: "starting" | "open" | "draining" = "starting";
  let running: Promise<Readiness["checks"]> | undefined;
  const failing = new Set<string>();

  async function runCheck(name: string, check: () => Promise<void>): Promise<Readiness["checks"][string]> {
    try {
      await withinTime(check, checkTimeoutMs);
      if (failing.delete(name)) log.info({ check: name }, "check passes again");
      return { status: "ok" };
    } catch (err) {
      if (!failing.has(name)) log.warn({ check: name, err }, "check fails");
      failing.add(name);
      return { status: "failed", message: err instanceof Error ? err.message : "failed" };
    }
  }

  async function runAll(): Promise<Readiness["checks"]> {
    const names = Object.entries(checks);
    const results = await Promise.all(names.map(async ([name, check]) => [name, await runCheck(name, check)] as const));
    return Object.fromEntries(results);
  }

  return {
    /** Phases only go forward: a start that ends during a drain does not open the service. */
    enter: (next: "open" | "draining") => {
      if (phase !== "draining") phase = next;
    },
    /** Probes that come together share one run, so that they cannot pile up on what is already slow. */
    async report(): Promise<Readiness> {
      running ??= runAll().finally(() => {
        running = undefined;
      });
      const results = await running;
      const passes = Object.values(results).every(({ status }) => status === "ok");
      return { status: phase !== "open" ? phase : passes ? "ok" : "failed", checks: results };
    },
  };
}

async function withinTime(check: () => Promise<void>, limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${limitMs} ms`)), limitMs);
  });
  try {
    await Promise.race([check(), late]);
  } finally {
    clearTimeout(timer);
  }
}

async function answer(
  req: IncomingMessage,
  res: ServerResponse,
  metrics: Metrics,
  report: () => Promise<Readiness>,
): Promise<void> {
  if (req.method !== "GET" && req.method !== "HEAD") {
    res.setHeader("allow", "GET, HEAD");
    return send(res, 405, "text/plain", "method not allowed");
  }
  switch (URL.parse(req.url ?? "/", "http://ops")?.pathname) {
    case "/metrics":
      return send(res, 200, metrics.registry.contentType, await metrics.registry.metrics());
    case "/health/live":
      return send(res, 200, "application/json", JSON.stringify({ status: "ok" }));
    case "/health":
    case "/health/ready": {
      const readiness = await report();
      return send(res, readiness.status === "ok" ? 200 : 503, "application/json", JSON.stringify(readiness));
    }
    default:
      return send(res, 404, "text/plain", "not found");
  }
}

function send(res: ServerResponse, status: number, contentType: string, body: string): void {
  res.writeHead(status, { "content-type": contentType, "cache-control": "no-store" }).end(body);
}

function listen(server: Server, { host, port }: OpsServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

async function closeWithin(server: Server, limitMs: number): Promise<void> {
  if (!server.listening) return;
  const force = setTimeout(() => server.closeAllConnections(), limitMs);
  try {
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
  } finally {
    clearTimeout(force);
  }
}
