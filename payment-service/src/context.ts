import { join } from "node:path";
import { createTokenVerifier, type TokenVerifier } from "@shop/platform/auth";
import { closeInOrder } from "@shop/platform/close-in-order";
import { createGrpcServer } from "@shop/platform/grpc-server";
import type { Service } from "@shop/platform/lifecycle";
import { createLog, type Log } from "@shop/platform/logging";
import { createMetrics } from "@shop/platform/metrics";
import { createOpsServer } from "@shop/platform/ops-http";
import { createPool, migrate } from "@shop/platform/postgres";
import { loadPaymentContract } from "./api/contract.ts";
import { paymentRpcs } from "./api/service.ts";
import { createGuardedProvider } from "./clients/guarded-provider.ts";
import { createSandboxProvider } from "./clients/sandbox-provider.ts";
import type { Config } from "./config.ts";
import { leaseMs } from "./domain/decide.ts";
import type { PaymentProvider } from "./domain/payment-provider.ts";
import type { PaymentStore } from "./domain/payment-store.ts";
import { createPaymentEvents } from "./events.ts";
import { createPostgresPaymentStore } from "./store/postgres-payment-store.ts";
import { createPostgresSandboxLedger } from "./store/postgres-sandbox-ledger.ts";

/** The running service. */
export interface Context extends Service {
  /** The real ports, once started. */
  readonly ports: { grpc: number; ops: number };
  readonly store: PaymentStore;
}

/** What a test may put in the place of the real part. */
export interface Overrides {
  log?: Log;
  verifier?: TokenVerifier;
  store?: PaymentStore;
  /** Stands behind the same breakers as the real one. */
  provider?: PaymentProvider;
  /** How long a lease runs, in milliseconds. */
  leaseMs?: number;
}

const name = "payment-service";

/** Puts the service together; nothing is opened before it is started. */
export async function createContext(config: Config, overrides: Overrides = {}): Promise<Context> {
  const log = overrides.log ?? createLog({ service: name, level: config.logLevel });
  const metrics = createMetrics(name);
  const events = createPaymentEvents(metrics, log);
  const pool = createPool({ url: config.databaseUrl, applicationName: name, log });
  const store = overrides.store ?? createPostgresPaymentStore(pool);
  const provider = createGuardedProvider({
    provider: overrides.provider ?? createSandboxProvider(createPostgresSandboxLedger(pool), config.sandboxRules),
    onState: events.breakerChanged,
  });
  const verifier = overrides.verifier ?? createTokenVerifier({ ...config.tokens, log });

  const { host } = config;
  const hasReflection = config.mode !== "production";
  const grpc = createGrpcServer({ host, port: config.grpcPort, log, metrics, verifier, hasReflection });
  grpc.addService(
    loadPaymentContract(),
    paymentRpcs({ store, provider, events, leaseMs: overrides.leaseMs ?? leaseMs }),
  );
  const checks = { store: store.check, identity: verifier.ready };
  const ops = createOpsServer({ host, port: config.opsPort, metrics, checks, log });

  return {
    log,
    store,
    get ports() {
      return { grpc: grpc.port, ops: ops.port };
    },
    async start() {
      await ops.start();
      await migrate({ url: config.databaseUrl, directory: join(import.meta.dirname, "store/migrations"), log });
      await verifier.start();
      await grpc.start();
      ops.open();
    },
    close: () =>
      closeInOrder(
        () => ops.drain(),
        () => grpc.close(),
        () => verifier.close(),
        () => provider.close(),
        () => pool.end(),
        () => ops.close(),
      ),
  };
}
