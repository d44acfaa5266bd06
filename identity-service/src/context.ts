import type { AddressInfo } from "node:net";
import path from "node:path";
import { createTokenVerifier } from "@shop/platform/auth";
import { closeInOrder } from "@shop/platform/close-in-order";
import type { Service } from "@shop/platform/lifecycle";
import { createLog, type Log } from "@shop/platform/logging";
import { createMetrics } from "@shop/platform/metrics";
import { createOpsServer } from "@shop/platform/ops-http";
import { createPool, migrate } from "@shop/platform/postgres";
import type { FastifyInstance } from "fastify";
import type { Identity } from "./api/identity.ts";
import { createIdentityApp } from "./api/service.ts";
import type { Config } from "./config.ts";
import { createLoginThrottle, type LoginThrottle } from "./domain/login-throttle.ts";
import { createPasswords } from "./domain/passwords.ts";
import { createEvents } from "./events.ts";
import { createExpiredLoginsJob } from "./jobs/delete-expired-logins.ts";
import { seed } from "./jobs/seed.ts";
import { loadKeyRing } from "./store/key-ring.ts";
import { checkDatabase } from "./store/pool.ts";
import { isCurrentKey } from "./store/signing-keys.ts";

/** What a test may put in the place of the real thing. */
export interface Overrides {
  readonly log?: Log;
  readonly throttle?: LoginThrottle;
  /** The time of day, in milliseconds. */
  readonly nowMs?: () => number;
}

export interface Context extends Service {
  readonly log: Log;
  /** The ports that are listened on, once started. */
  readonly ports: { readonly http: number; readonly ops: number };
}

const migrations = path.join(import.meta.dirname, "store", "migrations");
const expiredLoginsEveryMs = 3_600_000;

/** Wires the service together. Nothing connects or listens before `start`. */
export async function createContext(config: Config, overrides: Overrides = {}): Promise<Context> {
  const log = overrides.log ?? createLog({ service: "identity-service", level: config.logLevel });
  const metrics = createMetrics("identity-service");
  const events = createEvents(metrics, log);
  const pool = createPool({ url: config.databaseUrl, applicationName: "identity-service", log });
  const expiredLogins = createExpiredLoginsJob(pool, events, expiredLoginsEveryMs);
  const started: { identity?: Identity; app?: FastifyInstance } = {};
  const ops = createOpsServer({
    host: config.host,
    port: config.opsPort,
    metrics,
    log,
    checks: {
      database: () => checkDatabase(pool),
      signingKey: () => checkSigningKey(started.identity),
    },
  });
  const httpPort = () => (started.app?.server.address() as AddressInfo | null)?.port ?? config.httpPort;

  async function createIdentity(): Promise<Identity> {
    const passwords = await createPasswords(config.passwordCost);
    await migrate({ url: config.databaseUrl, directory: migrations, log });
    const keys = await loadKeyRing(pool, config.keyEncryptionSecret);
    events.signingKeyReady(keys.current.kid);
    await seed(pool, config, passwords);
    return {
      pool,
      passwords,
      keys,
      events,
      throttle: overrides.throttle ?? createLoginThrottle(),
      verifier: createTokenVerifier({ keys: keys.published, issuer: config.tokenIssuer, audience: "identity-service" }),
      issuer: config.tokenIssuer,
      publicUrl: () => config.publicUrl ?? `http://${config.host}:${httpPort()}`,
      nowMs: overrides.nowMs ?? Date.now,
      monotonicMs: () => performance.now(),
    };
  }

  return {
    log,
    get ports() {
      return { http: httpPort(), ops: ops.port };
    },
    async start() {
      await ops.start();
      started.identity = await createIdentity();
      await started.identity.verifier.start();
      started.app = createIdentityApp(started.identity, log, { trustedProxies: config.trustedProxies });
      await started.app.listen({ host: config.host, port: config.httpPort });
      expiredLogins.start();
      ops.open();
    },
    close: () =>
      closeInOrder(
        () => ops.drain(),
        () => started.app?.close(),
        () => expiredLogins.close(),
        () => started.identity?.verifier.close(),
        () => pool.end(),
        () => ops.close(),
      ),
  };
}

async function checkSigningKey(identity: Identity | undefined): Promise<void> {
  if (!identity) throw new Error("the signing key has not been read yet");
  const isCurrent = await isCurrentKey(identity.pool, identity.keys.current.kid);
  if (!isCurrent) throw new Error("the signing key in use is not the current one of the database");
}
