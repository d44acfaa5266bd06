import { createTokenVerifier, type TokenVerifier } from "@shop/platform/auth";
import { closeInOrder } from "@shop/platform/close-in-order";
import type { Service } from "@shop/platform/lifecycle";
import { createLog, type Log } from "@shop/platform/logging";
import { createMetrics } from "@shop/platform/metrics";
import { createOpsServer } from "@shop/platform/ops-http";
import { openTls } from "@shop/platform/tls";
import type { StreamTimes } from "./api/event-streams.ts";
import { createServer } from "./api/server.ts";
import { type LoopWatch, watchLoop } from "./api/shedding.ts";
import { type Catalogue, createCatalogue } from "./clients/catalogue-client.ts";
import { createIdentity, type Identity } from "./clients/identity-client.ts";
import { createOperator, type Operator } from "./clients/operator-client.ts";
import { createOrders, type Orders } from "./clients/orders-client.ts";
import { createMemoryCounter, type RateCounter } from "./clients/rate-counter.ts";
import { createReadinessProbe, type ReadinessProbe } from "./clients/readiness-client.ts";
import { createRedisCounter } from "./clients/redis-counter.ts";
import type { Config } from "./config.ts";
import { createEvents, logFields } from "./events.ts";

const SERVICE = "gateway";

/** An order that is under way is answered, or given up, within 12 s. */
const DRAIN_LIMIT_MS = 12_500;

/** The running gateway. */
export interface Context extends Service {
  readonly log: Log;
  /** The real port numbers, once started. */
  readonly ports: { readonly http: number; readonly ops: number };
}

/** Parts that a test may put in the place of the real ones. */
export interface Overrides {
  readonly log?: Log;
  readonly verifier?: TokenVerifier;
  readonly orders?: Orders;
  readonly operator?: Operator;
  readonly catalogue?: Catalogue;
  readonly identity?: Identity;
  readonly readiness?: ReadinessProbe;
  readonly counter?: RateCounter;
  readonly loop?: LoopWatch;
  readonly streamTimes?: Partial<StreamTimes>;
}

/** Wires the gateway up; nothing listens or connects before `start`. */
export async function createContext(config: Config, overrides: Overrides = {}): Promise<Context> {
  const log = overrides.log ?? createLog({ service: SERVICE, level: config.logLevel, fields: logFields });
  const metrics = createMetrics(SERVICE);
  const tls = openTls(config.tls, { log, metrics });
  const verifier =
    overrides.verifier ?? createTokenVerifier({ ...config.tokens, audience: SERVICE, log, metrics, tls });
  const orders = overrides.orders ?? createOrders({ address: config.ordersAddress, log, tls });
  const operator = overrides.operator ?? createOperator({ address: config.ordersAddress, log, tls });
  const catalogue = overrides.catalogue ?? createCatalogue({ address: config.inventoryAddress, log, tls });
  const identity = overrides.identity ?? createIdentity({ url: config.identityUrl, tls });
  const readiness = overrides.readiness ?? createReadinessProbe({ targets: config.readinessUrls });
  const events = createEvents({ metrics, log });
  const counter = overrides.counter ?? createCounter(config, log);
  const loop = overrides.loop ?? watchLoop();
  const { streamTimes } = overrides;
  const server = await createServer(
    { orders, operator, catalogue, identity, readiness, verifier, events, counter, loop, streamTimes },
    config.door,
    tls && { tls, needsClientCertificate: config.tls?.needsClientCertificate ?? false, log },
  );
  const ops = createOpsServer({
    host: config.host,
    port: config.opsPort,
    metrics,
    checks: { keys: () => verifier.ready() },
    log,
  });
  return {
    log,
    ports: {
      get http() {
        return server.port ?? config.httpPort;
      },
      get ops() {
        return ops.port;
      },
    },
    async start() {
      await ops.start();
      await counter.start();
      // What is open to everybody is served while the keys are still on their way.
      await Promise.all([verifier.start(), server.start({ host: config.host, port: config.httpPort })]);
      ops.open();
    },
    close: () =>
      closeInOrder(
        () => ops.drain(),
        () => server.close(DRAIN_LIMIT_MS),
        () => orders.close(),
        () => operator.close(),
        () => catalogue.close(),
        () => identity.close(),
        () => verifier.close(),
        () => tls?.close(),
        () => counter.close(),
        () => ops.close(),
      ),
  };
}

function createCounter({ redisUrl }: Config, log: Log): RateCounter {
  const own = createMemoryCounter();
  return redisUrl === undefined ? own : createRedisCounter({ url: redisUrl, fallback: own, log });
}
