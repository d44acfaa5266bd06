import { Server, type ServerCredentials, setLogger } from "@grpc/grpc-js";
import { BatchServiceService } from "@shop/protos/gen/shop/batch/v1/batch";
import { HealthImplementation } from "grpc-health-check";
import type { TokenVerifier } from "./auth.ts";
import { addReflection } from "./grpc-reflection.ts";
import { batchHandler } from "./grpc-server-batch.ts";
import { createDrain } from "./grpc-server-drain.ts";
import { type Endpoint, methodName, type RpcContext, unaryEndpoint } from "./grpc-server-endpoint.ts";
import { guardStreams, http2ServersOf, wordRefusals } from "./grpc-server-guard.ts";
import type { MethodDefinition, Rpc, RpcTable, ServiceDefinition, StreamRpc } from "./grpc-server-rpc.ts";
import { streamHandler } from "./grpc-server-stream.ts";
import { unaryHandler } from "./grpc-server-unary.ts";
import { type ServerTls, serverCredentials } from "./grpc-tls.ts";
import type { Log } from "./logging.ts";
import type { Histogram, Metrics } from "./metrics.ts";
import { reportRefusals } from "./tls.ts";

export type { Caller, Role } from "./auth-caller.ts";
export type {
  Access,
  Call,
  MethodDefinition,
  RequestOf,
  ResponseOf,
  Rpc,
  RpcTable,
  ServiceDefinition,
  StreamRpc,
} from "./grpc-server-rpc.ts";

/** What a gRPC server is made of. */
export interface GrpcServerOptions {
  /** The address to listen on. */
  host: string;
  /** The port to listen on; 0 takes a free one. */
  port: number;
  log: Log;
  metrics: Metrics;
  /** Verifies the tokens of all RPCs that are not for anyone. */
  verifier: TokenVerifier;
  /** Shows the server's services by reflection; default false, as in production. */
  hasReflection?: boolean;
  /** The longest time `close` waits for the calls under way, in milliseconds; default 8,000: less than a service may take to end. */
  drainMs?: number;
  /** Age at which a connection is replaced, so that callers find new instances, in milliseconds; default 300,000. */
  maxConnectionAgeMs?: number;
  /** Takes calls that come many at once, as `shop.batch.v1.BatchService`; default false. */
  hasBatching?: boolean;
  /** A reader of a stream that takes nothing for so long is given up, in milliseconds; default 10,000. */
  slowReaderMs?: number;
  /** How many connections are taken at once; default 5,000. */
  maxConnections?: number;
  /** A request has so long to arrive, and an answer to be taken, in milliseconds; default 10,000. */
  patienceMs?: number;
  /** How many may wait for that at once, from a fifth of it on; default 500. */
  mostStalled?: number;
  /** What it proves itself with, and whether its callers have to; without it they talk plaintext. */
  tls?: ServerTls;
}

/** A gRPC server with everything that all our servers share: see {@link createGrpcServer}. */
export interface GrpcServer {
  /** Adds a service: its definition and one RPC for each method of it. Before `start`. */
  addService<Definition extends ServiceDefinition>(definition: Definition, table: RpcTable<Definition>): void;
  start(): Promise<void>;
  /** The port listened on; the one asked for until `start` has answered. */
  readonly port: number;
  /** Reports NOT_SERVING, takes no new calls, waits for those under way, and after `drainMs` breaks them off. */
  close(): Promise<void>;
}

/** The greatest request, in bytes. */
const maxRequestBytes = 1024 * 1024;

/**
 * Calls of one connection that may be under way at once; a caller that has more keeps them waiting on its own side.
 *
 * Half of it is room for calls that were cancelled: Node 24 counts a call that was reset until its turn of the event loop
 * is over, while its caller counts it no more. What comes with the resets and is too much by Node's count is turned away
 * (ENHANCE_YOUR_CALM, the caller's OVERLOADED), however little there is to do, and after a hundred such the connection is
 * ended. More than 1,000 resets at once end it anyhow.
 */
const maxConcurrentStreams = 2000;

/** The least time that calls under way have to end when their connection is replaced; CreateOrder may wait 10 s. */
const leastConnectionGraceMs = 30_000;

/**
 * Creates a gRPC server: correlation, token and access check, deadline and cancellation as `call.signal`, errors as
 * statuses with details, `rpc_server_duration_seconds`, grpc.health.v1, reflection, limits, drain.
 */
export function createGrpcServer(options: GrpcServerOptions): GrpcServer {
  const { log, verifier } = options;
  setLogger(libraryLog(log));
  const server = new Server(serverOptions(options));
  const drain = createDrain(server, options.drainMs ?? 8000);
  const health = new HealthImplementation({ "": "NOT_SERVING" });
  const serviceNames = [""];
  const endpoints = new Map<string, Endpoint>();
  const onAnswer = durations(options.metrics);
  const context: RpcContext = {
    verifier,
    log,
    onStart: drain.enter,
    onEnd: drain.leave,
    onDrain: drain.onBegin,
    onAnswer,
  };
  let port = options.port;
  let guard: { close(): void } | undefined;

  function register(method: MethodDefinition, rpc: unknown): void {
    if (method.requestStream) throw new Error(`${method.path} takes a stream of requests, which no server here does.`);
    if (rpc === undefined) throw new Error(`${method.path} has no handler.`);
    if (method.responseStream) {
      const handler = streamHandler(
        method,
        rpc as StreamRpc<unknown, unknown>,
        context,
        options.slowReaderMs ?? 10_000,
      );
      server.register(method.path, handler, passBytes, passBytes, "serverStream");
    } else {
      const unary = rpc as Rpc<unknown, unknown>;
      const endpoint = unaryEndpoint(method, unary, context);
      endpoints.set(method.path, endpoint);
      // Services are trusted not to flood each other, and their calls are the hot path.
      const isOpen = unary.access === "anyone" || "user" in unary.access;
      const handler = unaryHandler(methodName(method), endpoint, context, isOpen);
      server.register(method.path, handler, passBytes, passBytes, "unary");
    }
  }

  /** The calls in a batch are those of all services, added before or after. */
  function registerBatches(): void {
    const { call } = BatchServiceService;
    server.register(call.path, batchHandler(endpoints, context), passBytes, passBytes, "serverStream");
    addName(call);
  }

  function addName(method: MethodDefinition): void {
    const serviceName = method.path.split("/")[1] ?? "";
    if (!serviceNames.includes(serviceName)) serviceNames.push(serviceName);
  }

  function setHealth(state: "SERVING" | "NOT_SERVING"): void {
    for (const name of serviceNames) health.setStatus(name, state);
  }

  return {
    addService(definition, table) {
      for (const [name, method] of Object.entries(definition)) {
        register(method, (table as Record<string, unknown>)[name]);
        addName(method);
      }
    },
    async start() {
      if (options.hasBatching) registerBatches();
      health.addToServer(server);
      const shown = [...serviceNames.filter(Boolean), "grpc.health.v1.Health"];
      if (options.hasReflection) addReflection(server, shown);
      port = await listen(server, options, serverCredentials(options.tls));
      guard = guardStreams(server, {
        maxConnections: options.maxConnections ?? 5000,
        patienceMs: options.patienceMs ?? 10_000,
        mostStalled: options.mostStalled ?? 500,
      });
      if (options.tls) for (const http2 of http2ServersOf(server)) reportRefusals(http2, log);
      setHealth("SERVING");
    },
    get port() {
      return port;
    },
    async close() {
      setHealth("NOT_SERVING");
      const broken = await drain.finish();
      guard?.close();
      if (broken > 0) log.warn({ count: broken }, "calls broken off by the end of the drain time");
    },
  };
}

/** grpc-js writes to the console unless told otherwise. What it has to say we learn from its errors too. */
function libraryLog(log: Log): Pick<Console, "error" | "info" | "debug"> {
  const write = (message: unknown) => log.debug({ component: "grpc-js" }, String(message));
  return { error: write, info: write, debug: write };
}

/**
 * The size of metadata has no option in grpc-js, which passes only the number of streams on to HTTP/2. What bounds it is
 * Node: at most 128 header fields, in at most nine frames of 16 KiB.
 *
 * @NOTE `grpc.enable_channelz` stays on: without it grpc-js 1.14.7 does not know its connections, and `forceShutdown`
 * breaks none of them off.
 */
function serverOptions({ maxConnectionAgeMs = 300_000, drainMs = 8000 }: GrpcServerOptions) {
  return {
    "grpc.max_receive_message_length": maxRequestBytes,
    "grpc.keepalive_time_ms": 30_000,
    "grpc.keepalive_timeout_ms": 10_000,
    "grpc.max_connection_age_ms": maxConnectionAgeMs,
    "grpc.max_connection_age_grace_ms": Math.max(drainMs, leastConnectionGraceMs),
    "grpc.max_concurrent_streams": maxConcurrentStreams,
    interceptors: [wordRefusals],
  };
}

function passBytes(bytes: Buffer): Buffer {
  return bytes;
}

function durations(metrics: Metrics): RpcContext["onAnswer"] {
  const histogram = metrics.histogram({
    name: "rpc_server_duration_seconds",
    help: "How long calls took to answer, by method and gRPC status code.",
    labels: ["method", "code"],
  });
  const series = new Map<string, ReturnType<Histogram["labels"]>>();
  return (method, code, durationMs) => {
    const key = `${method} ${code}`;
    let one = series.get(key);
    if (one === undefined) {
      one = histogram.labels(method, code);
      series.set(key, one);
    }
    one.observe(durationMs / 1000);
  };
}

function listen(server: Server, at: GrpcServerOptions, credentials: ServerCredentials): Promise<number> {
  const { host, port } = at;
  const address = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (err, bound) => {
      if (err) reject(new Error(`Cannot listen on ${address}.`, { cause: err }));
      else resolve(bound);
    });
  });
}
