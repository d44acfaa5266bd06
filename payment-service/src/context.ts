import { createTokenVerifier, type TokenVerifier } from "@shop/platform/auth";
import { closeInOrder } from "@shop/platform/close-in-order";
import { createGrpcServer } from "@shop/platform/grpc-server";
import type { Service } from "@shop/platform/lifecycle";
import { createLog, type Log } from "@shop/platform/logging";
import { createMetrics } from "@shop/platform/metrics";
import { createOpsServer } from "@shop/platform/ops-http";
import { openTls } from "@shop/platform/tls";
import { loadPaymentContract } from "./api/contract.ts";
import { paymentRpcs } from "./api/service.ts";
import { createGuardedProvider } from "./clients/guarded-provider.ts";
import { createSandboxProvider } from "./clients/sandbox-provider.ts";
import type { Config } from "./config.ts";
import { leaseMs } from "./domain/decide.ts";
import type { PaymentProvider } from "./domain/payment-provider.ts";
import type { PaymentStore } from "./domain/payment-store.ts";
import type { SandboxLedger } from "./domain/sandbox-ledger.ts";
import { createPaymentEvents } from "./events.ts";
import { openPostgresStorage } from "./store/postgres-storage.ts";
import type { Storage } from "./store/storage.ts";

/** The running service. */
export interface Context extends Service {
  /** The real ports, once started. */
  readonly ports: { grpc: number; ops: number };
  readonly store: PaymentStore;
  /** The sandbox provider's books. */
  readonly ledger: SandboxLedger;
}

/** What a test may put in the place of the real part. */
export interface Overrides {
  log?: Log;
  verifier?: TokenVerifier;
  store?: PaymentStore;
  /** Stands behind the same breakers as the real one. */
  provider?: PaymentProvider;
  /** How long one call to the provider may take, in milliseconds. */
  providerTimeoutMs?: number;
  /** How long a lease runs, in milliseconds. */
  leaseMs?: number;
}

const name = "payment-service";

/** Puts the service together; nothing is opened before it is started. */
export async function createContext(config: Config, overrides: Overrides = {}): Promise<Context> {
  const log = overrides.log ?? createLog({ service: name, level: config.logLevel });
  const metrics = createMetrics(name);
  const tls = openTls(config.tls, { log, metrics });
  const events = createPaymentEvents(metrics, log);
  const storage = await openStorage(config.store, log);
  const store = overrides.store ?? storage.payments;
  const provider = createGuardedProvider({
    provider: overrides.provider ?? createSandboxProvider(storage.ledger, config.sandboxRules),
    timeoutMs: overrides.providerTimeoutMs,
    onState: events.breakerChanged,
  });
  const verifier = overrides.verifier ?? createTokenVerifier({ ...config.identity, audience: name, log, metrics, tls });

  const { host } = config;
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
    loadPaymentContract(),
    paymentRpcs({ store, provider, events, leaseMs: overrides.leaseMs ?? leaseMs }),
  );
  const checks = { store: store.check, identity: verifier.ready };
  const ops = createOpsServer({ host, port: config.opsPort, metrics, checks, log });

  return {
    log,
    store,
    ledger: storage.ledger,
    get ports() {
      return { grpc: grpc.port, ops: ops.port };
    },
    async start() {
      await ops.start();
      await storage.start();
      await verifier.start();
      await grpc.start();
      ops.open();
    },
    close: () =>
      closeInOrder(
        () => ops.drain(),
        () => grpc.close(),
        () => verifier.close(),
        () => tls?.close(),
        () => provider.close(),
        () => storage.close(),
        () => ops.close(),
      ),
  };
}

/** MongoDB's driver is loaded only where it is needed: it takes 6 to 10 MB. */
async function openStorage(store: Config["store"], log: Log): Promise<Storage> {
  switch (store.kind) {
    case "mongo": {
      const { openMongoStorage } = await import("./store/mongo-storage.ts");
      return openMongoStorage({ uri: store.uri, applicationName: name, log });
    }
    case "postgres":
      return openPostgresStorage({ url: store.url, applicationName: name, log });
    default:
      return store satisfies never;
  }
}
