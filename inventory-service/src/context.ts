import { join } from "node:path";
import { createTokenVerifier, type TokenVerifier } from "@shop/platform/auth";
import { closeInOrder } from "@shop/platform/close-in-order";
import { createGrpcServer, type GrpcServer } from "@shop/platform/grpc-server";
import type { Service } from "@shop/platform/lifecycle";
import { createLog, type Log } from "@shop/platform/logging";
import { createMetrics } from "@shop/platform/metrics";
import { createOpsServer } from "@shop/platform/ops-http";
import { createPool, migrate } from "@shop/platform/postgres";
import { openTls } from "@shop/platform/tls";
import { InventoryServiceService } from "@shop/protos/gen/shop/inventory/v1/inventory";
import { inventoryRpcs } from "./api/service.ts";
import type { Config } from "./config.ts";
import { noForcedShortage, sandboxShortage } from "./domain/availability.ts";
import { demoCatalogue } from "./domain/demo-catalogue.ts";
import { createEvents } from "./events.ts";
import { createExpirySweeper } from "./jobs/expiry-sweeper.ts";
import type { Database } from "./store/database.ts";
import { insertProducts } from "./store/insert-products.ts";
import { createReservationBook } from "./store/reservation-book.ts";

const serviceName = "inventory-service";
const migrations = join(import.meta.dirname, "store", "migrations");

/** Parts that stand in for those of the configuration. */
export interface Overrides {
  readonly log?: Log;
  readonly verifier?: TokenVerifier;
}

export interface Context extends Service {
  readonly log: Log;
  readonly database: Database;
  /** The ports listened on, once started. */
  readonly ports: { readonly grpc: number; readonly ops: number };
}

/** Wires the service. Nothing is opened before `start`. */
export async function createContext(config: Config, overrides: Overrides = {}): Promise<Context> {
  const log =
    overrides.log ?? createLog({ service: serviceName, level: config.logLevel, fields: ["adjustmentId", "delta"] });
  const metrics = createMetrics(serviceName);
  const tls = openTls(config.tls, { log, metrics });
  const database = createPool({ url: config.databaseUrl, applicationName: serviceName, log });
  const verifier =
    overrides.verifier ?? createTokenVerifier({ ...config.identity, audience: serviceName, log, metrics, tls });
  const events = createEvents({ metrics, log });
  const book = createReservationBook(database, {
    ttlMs: config.reservationTtlMs,
    isForcedShortage: config.hasSandboxRules ? sandboxShortage : noForcedShortage,
  });
  const sweeper = createExpirySweeper({ database, book, events, log, intervalMs: config.sweepIntervalMs });
  const grpc: GrpcServer = createGrpcServer({
    host: config.host,
    port: config.grpcPort,
    log,
    metrics,
    verifier,
    tls: tls && { tls, needsClientCertificate: true },
    hasReflection: config.mode !== "production",
    hasBatching: true,
  });
  grpc.addService(InventoryServiceService, inventoryRpcs({ database, book, events }));
  const ops = createOpsServer({
    host: config.host,
    port: config.opsPort,
    metrics,
    log,
    checks: {
      database: async () => {
        await database.query("SELECT 1");
      },
      identity: () => verifier.ready(),
    },
  });

  return {
    log,
    database,
    get ports() {
      return { grpc: grpc.port, ops: ops.port };
    },
    async start() {
      await ops.start();
      await migrate({ url: config.databaseUrl, directory: migrations, log });
      if (config.mode === "demo") {
        const count = await insertProducts(database, demoCatalogue);
        log.info({ count }, "demo products added");
      }
      await verifier.start();
      await grpc.start();
      sweeper.start();
      ops.open();
    },
    close: () =>
      closeInOrder(
        () => ops.drain(),
        () => sweeper.close(),
        () => grpc.close(),
        () => book.close(),
        () => verifier.close(),
        () => tls?.close(),
        () => database.end(),
        () => ops.close(),
      ),
  };
}
