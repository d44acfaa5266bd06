import { join } from "node:path";
import { createServiceTokens, createTokenVerifier, type TokenVerifier } from "@shop/platform/auth";
import { closeInOrder } from "@shop/platform/close-in-order";
import { createGrpcServer } from "@shop/platform/grpc-server";
import type { Service } from "@shop/platform/lifecycle";
import { createLog, type Log } from "@shop/platform/logging";
import { createMetrics } from "@shop/platform/metrics";
import { createOpsServer } from "@shop/platform/ops-http";
import { createPool, migrate } from "@shop/platform/postgres";
import { openTls } from "@shop/platform/tls";
import { NotificationServiceService } from "@shop/protos/gen/shop/notifications/v1/notifications";
import { notificationRpcs } from "./api/service.ts";
import { createLogTransport } from "./clients/log-transport.ts";
import { createRecipients } from "./clients/recipients.ts";
import type { Transport } from "./clients/transport.ts";
import type { Config } from "./config.ts";
import { createEvents, logFields } from "./events.ts";
import type { Database } from "./store/database.ts";

const serviceName = "notification-service";
const migrations = join(import.meta.dirname, "store", "migrations");
const defaultClaimMs = 10_000;

/** Parts that stand in for those of the configuration. */
export interface Overrides {
  readonly log?: Log;
  readonly verifier?: TokenVerifier;
  readonly transport?: Transport;
  /** For how long one caller has a message to itself, in milliseconds. Default: 10,000. */
  readonly claimMs?: number;
}

export interface Context extends Service {
  readonly log: Log;
  readonly database: Database;
  /** The ports listened on, once started. */
  readonly ports: { readonly grpc: number; readonly ops: number };
}

/** Wires the service. Nothing is opened before `start`. */
export async function createContext(config: Config, overrides: Overrides = {}): Promise<Context> {
  const log = overrides.log ?? createLog({ service: serviceName, level: config.logLevel, fields: logFields });
  const metrics = createMetrics(serviceName);
  const tls = openTls(config.tls, { log, metrics });
  const database = createPool({ url: config.databaseUrl, applicationName: serviceName, log });
  const { host, identity } = config;
  const verifier = overrides.verifier ?? createTokenVerifier({ ...identity, audience: serviceName, log, metrics, tls });
  const tokens = createServiceTokens({ ...identity, tokenUrl: `${identity.url}/oauth2/token`, log, tls });
  const hasReflection = config.mode !== "production";
  const grpc = createGrpcServer({
    host,
    port: config.grpcPort,
    log,
    metrics,
    verifier,
    tls: tls && { tls, needsClientCertificate: true },
    hasReflection,
    hasBatching: true,
  });
  grpc.addService(
    NotificationServiceService,
    notificationRpcs({
      database,
      events: createEvents({ metrics, log }),
      recipients: createRecipients(identity.url, tokens, { tls }),
      transport: overrides.transport ?? createLogTransport(log),
      claimMs: overrides.claimMs ?? defaultClaimMs,
    }),
  );
  const checks = {
    database: async () => {
      await database.query("SELECT 1");
    },
    identity: () => verifier.ready(),
  };
  const ops = createOpsServer({ host, port: config.opsPort, metrics, log, checks });

  return {
    log,
    database,
    get ports() {
      return { grpc: grpc.port, ops: ops.port };
    },
    async start() {
      await ops.start();
      await migrate({ url: config.databaseUrl, directory: migrations, log });
      await verifier.start();
      await grpc.start();
      ops.open();
    },
    close: () =>
      closeInOrder(
        () => ops.drain(),
        () => grpc.close(),
        () => tokens.close(),
        () => verifier.close(),
        () => tls?.close(),
        () => database.end(),
        () => ops.close(),
      ),
  };
}
