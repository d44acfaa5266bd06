import { join } from "node:path";
import { createServiceTokens, createTokenVerifier, type TokenVerifier } from "@shop/platform/auth";
import { closeInOrder } from "@shop/platform/close-in-order";
import { createGrpcServer } from "@shop/platform/grpc-server";
import type { Service } from "@shop/platform/lifecycle";
import { createLog, type Log } from "@shop/platform/logging";
import { createMetrics } from "@shop/platform/metrics";
import { createOpsServer } from "@shop/platform/ops-http";
import { createPool, migrate } from "@shop/platform/postgres";
import { createSeats } from "@shop/platform/seats";
import { openTls } from "@shop/platform/tls";
import { SagaOperatorServiceService } from "@shop/protos/gen/shop/orders/v1/operator";
import { OrderServiceService } from "@shop/protos/gen/shop/orders/v1/orders";
import { createEngine, createPostgresJournal, createSagaRecords, type Journal, type RecoveryTimes } from "@shop/saga";
import { v7 as uuidv7 } from "uuid";
import { sagaOperatorService } from "./api/operator-service.ts";
import { orderService } from "./api/service.ts";
import type { Checkout } from "./checkout/checkout.ts";
import { checkoutSaga, messages, stepsOf } from "./checkout/definition.ts";
import { orderEvents, orderProgress } from "./checkout/order-progress.ts";
import type { Participants } from "./checkout/ports.ts";
import { connectParticipants } from "./clients/participants.ts";
import { createProfileClient, type Profiles } from "./clients/profile-client.ts";
import { connectSubscribers, type Subscribers } from "./clients/subscribers.ts";
import type { Config } from "./config.ts";
import { createEvents, logFields } from "./events.ts";
import { createOutboxJobs } from "./jobs/outbox-jobs.ts";
import { createOrderProjection } from "./store/order-projection.ts";
import type { NewOrder } from "./store/orders.ts";
import { retryMessage } from "./store/retry-message.ts";

const SERVICE = "order-service";
const MIGRATIONS = join(import.meta.dirname, "store", "migrations");
const DRAIN_MS = 5000;
/** Two connections for the journal's writers, two for its claims and reads; apart, so that no read delays them. */
const JOURNAL_POOL_SIZE = 4;

/** Each of the relay's two queues claims and settles. */
const OUTBOX_POOL_SIZE = 4;
/** What is being sent may end in this time; the rest is released for other processes. */
const OUTBOX_DRAIN_MS = 2000;

/** So many orders may one user watch at one process: each of many open windows has one. */
const WATCHED_BY_ONE = 100;

/** Where the sagas are. */
const TABLES = { table: "order_sagas", keyColumn: "order_id" };

/** Parts that stand in for those of the configuration. */
export interface Overrides {
  readonly log?: Log;
  readonly verifier?: TokenVerifier;
  readonly participants?: Participants;
  readonly profiles?: Profiles;
  readonly subscribers?: Pick<Subscribers, "fresh" | "tried">;
  readonly journal?: Journal<Checkout, NewOrder>;
}

export interface Context extends Service {
  readonly log: Log;
  /** The ports listened on, once started. */
  readonly ports: { readonly grpc: number; readonly ops: number };
}

/** Wires the service. Nothing is opened before `start`. */
export async function createContext(config: Config, overrides: Overrides = {}): Promise<Context> {
  const log = overrides.log ?? createLog({ service: SERVICE, level: config.logLevel, fields: logFields });
  const metrics = createMetrics(SERVICE);
  const events = createEvents(metrics, log);
  const pool = createPool({ url: config.databaseUrl, applicationName: SERVICE, log });
  const journalPool = createPool({
    url: config.databaseUrl,
    applicationName: `${SERVICE} journal`,
    max: JOURNAL_POOL_SIZE,
    pipeline: true,
    log,
  });
  const { identity } = config;
  const tls = openTls(config.tls, { log, metrics });
  const verifier = overrides.verifier ?? createTokenVerifier({ ...identity, audience: SERVICE, log, metrics, tls });
  const tokens = createServiceTokens({ ...identity, tokenUrl: `${identity.url}/oauth2/token`, log, tls });

  const clients = connectParticipants({
    addresses: config.addresses,
    tokens,
    log,
    tls,
    onBreaker: events.breakerChanged,
    onReachable: (name) => {
      engine.wake(stepsOf[name]).catch((err) => log.warn({ err, target: name }, "parked sagas could not be woken"));
    },
  });
  const journal =
    overrides.journal ??
    createPostgresJournal({
      pool: journalPool,
      ...TABLES,
      projection: createOrderProjection({ progress: orderProgress, events: orderEvents }),
    });
  const records = createSagaRecords({ pool, ...TABLES });
  const participants = overrides.participants ?? clients.participants;
  const engine = createEngine({
    definition: checkoutSaga(participants, config.saga),
    journal,
    observe(event) {
      events.saga(event);
      // Its end is committed, and with it what is to be told of it.
      if (event.kind === "finished") outbox.wake();
    },
    maxInFlight: config.saga.maxInFlight,
    times: timesOf(config.saga.ownerLostAfterMs),
  });
  events.watch(engine);

  const subscribers = connectSubscribers({
    address: config.notificationsAddress,
    tokens,
    log,
    tls,
    onBreaker: events.breakerChanged,
    onReachable: () => outbox.wake(),
  });
  const outboxPool = createPool({
    url: config.databaseUrl,
    applicationName: `${SERVICE} outbox`,
    max: OUTBOX_POOL_SIZE,
    // What is lost of the relay's writes is written again: each of its calls may be repeated.
    isDurable: false,
    log,
  });
  const outbox = createOutboxJobs({
    config: config.outbox,
    pool: outboxPool,
    readPool: pool,
    subscribers: overrides.subscribers ?? subscribers,
    records,
    steps: { "domain.order.OrderCompleted": messages.completed, "domain.order.OrderFailed": messages.failed },
    metrics,
    log,
  });
  const watchers = createSeats({ places: config.maxWatchers, placesPerUser: WATCHED_BY_ONE });
  events.watchers(() => watchers.taken);

  const grpc = createGrpcServer({
    host: config.host,
    port: config.grpcPort,
    log,
    metrics,
    verifier,
    tls: tls && { tls, needsClientCertificate: config.tls?.needsClientCertificate ?? false },
    hasReflection: config.mode !== "production",
  });
  grpc.addService(
    OrderServiceService,
    orderService({
      db: pool,
      engine,
      profiles: overrides.profiles ?? createProfileClient(identity.url, tokens, tls),
      events,
      paymentMethods: config.sandboxRules ? ["pm_ok", "pm_declined", "pm_timeout"] : ["pm_ok"],
      sandboxRules: config.sandboxRules,
      answerWithinMs: config.answerWithinMs,
      mintId: () => uuidv7(),
      watchers,
    }),
  );
  grpc.addService(
    SagaOperatorServiceService,
    sagaOperatorService({
      db: pool,
      engine,
      participants,
      records,
      events,
      retryMessage: (retry) => retryMessage(pool, records, retry),
    }),
  );
  const ops = createOpsServer({
    host: config.host,
    port: config.opsPort,
    metrics,
    log,
    checks: {
      database: async () => {
        await pool.query("SELECT 1");
      },
      identity: () => verifier.ready(),
    },
  });

  return {
    log,
    get ports() {
      return { grpc: grpc.port, ops: ops.port };
    },
    async start() {
      await ops.start();
      await migrate({ url: config.databaseUrl, directory: MIGRATIONS, log });
      await verifier.start();
      await engine.start();
      outbox.start();
      await grpc.start();
      ops.open();
    },
    close: () =>
      closeInOrder(
        () => ops.drain(),
        () => {
          const door = grpc.close();
          return Promise.all([door, engine.close({ drainMs: DRAIN_MS, door })]);
        },
        () => outbox.close(OUTBOX_DRAIN_MS),
        () => journal.close(),
        () => clients.close(),
        () => subscribers.close(),
        () => tokens.close(),
        () => verifier.close(),
        () => tls?.close(),
        () => Promise.all([pool.end(), journalPool.end(), outboxPool.end()]),
        () => ops.close(),
      ),
  };
}

/** A process is lost when it has been silent for that long: it may miss four heartbeats. */
function timesOf(ownerLostAfterMs: number): Partial<RecoveryTimes> {
  return { staleAfterMs: ownerLostAfterMs, heartbeatMs: ownerLostAfterMs / 5, sweepMs: ownerLostAfterMs };
}
