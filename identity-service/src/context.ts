import type { AddressInfo } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createTokenVerifier } from "@shop/platform/auth";
import { closeInOrder } from "@shop/platform/close-in-order";
import type { Service } from "@shop/platform/lifecycle";
import { createLog, type Log } from "@shop/platform/logging";
import { createMetrics } from "@shop/platform/metrics";
import { createOpsServer } from "@shop/platform/ops-http";
import { createPool, migrate } from "@shop/platform/postgres";
import { connectToRedis, type RedisConnection } from "@shop/platform/redis";
import { lowerThreadPoolPriority } from "@shop/platform/thread-pool";
import { openTls } from "@shop/platform/tls";
import type { FastifyInstance } from "fastify";
import type { Identity } from "./api/identity.ts";
import { createIdentityApp } from "./api/service.ts";
import type { Config } from "./config.ts";
import type { Keys } from "./domain/key-ring.ts";
import { createLoginThrottle, type LoginThrottle } from "./domain/login-throttle.ts";
import { createPasswords } from "./domain/passwords.ts";
import { createWaitingRoom } from "./domain/waiting-room.ts";
import { createEvents } from "./events.ts";
import { createEndedTokensJob } from "./jobs/delete-ended-tokens.ts";
import { createExpiredLoginsJob } from "./jobs/delete-expired-logins.ts";
import { ensureAdmin } from "./jobs/ensure-admin.ts";
import { type FollowKeysOptions, followKeys, sharedSecret } from "./jobs/follow-keys.ts";
import { followRevocations } from "./jobs/follow-revocations.ts";
import type { Follower } from "./jobs/follower.ts";
import { seed } from "./jobs/seed.ts";
import { ensureSigningKey, type KeyMaking } from "./store/key-ring.ts";
import { createLoginCounters } from "./store/login-counters.ts";
import { checkDatabase } from "./store/pool.ts";
import { findUsualHash } from "./store/users.ts";

/** What a test may put in the place of the real thing. */
export interface Overrides {
  readonly log?: Log;
  readonly throttle?: LoginThrottle;
  /** Makes the threads that hash give way. A test that shares its process with others leaves them as they are. */
  readonly yieldThreads?: () => void;
  /** How often keys and revocations are read again, in milliseconds. */
  readonly followEveryMs?: number;
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
const endedTokensEveryMs = 30_000;
/** How many logins are held back at once; each holds a connection. */
const waitingPlaces = 500;

/** Wires the service together. Nothing connects or listens before `start`. */
export async function createContext(config: Config, overrides: Overrides = {}): Promise<Context> {
  const log = overrides.log ?? createLog({ service: "identity-service", level: config.logLevel });
  const metrics = createMetrics("identity-service");
  const tls = openTls(config.tls, { log, metrics });
  const events = createEvents(metrics, log);
  const pool = createPool({ url: config.databaseUrl, applicationName: "identity-service", log });
  const expiredLogins = createExpiredLoginsJob(pool, events, expiredLoginsEveryMs);
  const endedTokens = createEndedTokensJob(pool, events, endedTokensEveryMs);
  const keyMaking = keyMakingOf(config);
  const everyMs = overrides.followEveryMs;
  const keys = keysOf(config, keyMaking, { pool, events, everyMs, monotonicMs });
  const revocations = followRevocations({ db: pool, events, everyMs, monotonicMs });
  metrics.gauge({
    name: "identity_revocations_listed",
    help: "Entries of the list of revocations: from 18000 on no more tokens are taken back on request, past 21000 none can read it.",
    collect: async () => revocations.entries().size,
  });
  const started: { identity?: Identity; app?: FastifyInstance; redis?: RedisConnection } = {};
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
    (overrides.yieldThreads ?? lowerThreadPoolPriority)();
    await migrate({ url: config.databaseUrl, directory: migrations, log });
    if (keyMaking) await ensureSigningKey(pool, keyMaking);
    await keys.start();
    await revocations.start();
    await seed(pool, config, passwords);
    await ensureAdmin(pool, config.firstAdmin, { passwords, events });
    return {
      pool,
      passwords: await createPasswords(config.passwordCost, await findUsualHash(pool)),
      keys,
      keyMaking,
      revocations,
      verifier: createTokenVerifier({
        keys: keys.publicKeys,
        revocations: revocations.entries,
        issuer: config.tokenIssuer,
        audience: "identity-service",
        jwtSecret: config.sharedSecret,
      }),
      events,
      throttle: overrides.throttle ?? (await createThrottle()),
      waitingRoom: createWaitingRoom(waitingPlaces, (ms) => sleep(ms)),
      issuer: config.tokenIssuer,
      publicUrl: () => config.publicUrl ?? `${tls ? "https" : "http"}://${config.host}:${httpPort()}`,
      nowMs: overrides.nowMs ?? Date.now,
      monotonicMs,
    };
  }

  async function createThrottle(): Promise<LoginThrottle> {
    const { redisUrl: url } = config;
    started.redis = url === undefined ? undefined : await connectToRedis({ url, name: "identity-service", log });
    return createLoginThrottle(createLoginCounters({ redis: started.redis?.client }));
  }

  return {
    log,
    get ports() {
      return { http: httpPort(), ops: ops.port };
    },
    async start() {
      await ops.start();
      started.identity = await createIdentity();
      started.app = createIdentityApp(started.identity, log, {
        trustedProxies: config.trustedProxies,
        tls: tls && { tls, needsClientCertificate: config.tls?.needsClientCertificate ?? false },
      });
      await started.app.listen({ host: config.host, port: config.httpPort });
      expiredLogins.start();
      endedTokens.start();
      ops.open();
    },
    close: () =>
      closeInOrder(
        () => ops.drain(),
        () => started.app?.close(),
        () => expiredLogins.close(),
        () => endedTokens.close(),
        () => revocations.close(),
        () => keys.close(),
        () => started.redis?.close(),
        () => tls?.close(),
        () => pool.end(),
        () => ops.close(),
      ),
  };
}

function monotonicMs(): number {
  return performance.now();
}

function keyMakingOf(config: Config): KeyMaking | undefined {
  const { signingAlgorithm: alg, keyEncryptionSecret: secret, keyActivationDelaySeconds } = config;
  return alg === "HS256" ? undefined : { alg, secret, activationDelaySeconds: keyActivationDelaySeconds };
}

function keysOf(
  config: Config,
  making: KeyMaking | undefined,
  parts: Omit<FollowKeysOptions, "secret">,
): Keys & Follower {
  if (making) return followKeys({ ...parts, secret: making.secret });
  if (config.sharedSecret === undefined) throw new Error("HS256 needs a secret.");
  return sharedSecret(config.sharedSecret);
}

/** The key that signs must be known, and must be the database's. */
async function checkSigningKey(identity: Identity | undefined): Promise<void> {
  if (!identity) throw new Error("the signing keys have not been read yet");
  await identity.keys.refresh();
  identity.keys.current();
}
