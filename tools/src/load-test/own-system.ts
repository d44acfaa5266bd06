import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BookUrls } from "../audit/books.ts";
import { findOnPath } from "../system/find-on-path.ts";
import { choosePorts } from "../system/ports.ts";
import { readLoadTestSecret } from "../system/secrets.ts";
import { serviceTable } from "../system/service-table.ts";
import { createShop, type Shop } from "../system/shop-system.ts";
import type { Targets } from "./targets.ts";

/** A system that is there for one load test: on free ports, in a temporary folder, with limits that do not get in the way. */
export interface OwnSystem {
  readonly shop: Shop;
  /** Databases, secrets and logs. */
  readonly folder: string;
  readonly targets: Targets;
  /** Where the services keep their books; only once everything is healthy. */
  bookUrls(): BookUrls;
  /** Of the client that asks for payments; only once everything is healthy. */
  clientSecret(): Promise<string>;
  /** Stops everything, and removes the folder unless it is to be kept. */
  stop(): Promise<void>;
  /** The same at once, with SIGKILL. */
  kill(): Promise<void>;
}

export interface OwnSystemOptions {
  /** The repository. */
  root: string;
  env: NodeJS.ProcessEnv;
  /** Whether the folder stays. */
  keeps: boolean;
  onDeath(name: string, reason: string, delayMs: number): void;
}

/** Prepares the system; its steps are run by whoever shows them. */
export async function createOwnSystem({ root, env, keeps, onDeath }: OwnSystemOptions): Promise<OwnSystem> {
  const folder = await mkdtemp(join(tmpdir(), "shop-load-"));
  await chmod(folder, 0o711); // root's PostgreSQL runs as another user and has to pass through
  const ports = await choosePorts({ free: true });
  const shop = createShop({
    dataDir: folder,
    ports,
    services: serviceTable,
    root,
    env: environmentUnderLoad(env),
    mongod: await findOnPath("mongod", env.PATH),
    compileCache: join(root, "node_modules", ".cache", "shop-compile-cache"),
    onDeath,
  });
  const ended = async (end: () => Promise<void>) => {
    try {
      await end();
    } finally {
      if (!keeps) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    }
  };
  const address = (port: number) => `127.0.0.1:${port}`;
  return {
    shop,
    folder,
    targets: {
      rest: `http://${address(ports.rest)}`,
      orders: address(ports.orders),
      payments: address(ports.payments),
      inventory: address(ports.inventory),
    },
    bookUrls: () => ({
      orders: shop.databaseUrl("orders"),
      inventory: shop.databaseUrl("inventory"),
      shipping: shop.databaseUrl("shipping"),
      payments: shop.paymentsUrl(),
    }),
    clientSecret: () => readLoadTestSecret(join(folder, "secrets.json")),
    stop: () => ended(() => shop.stop()),
    kill: () => ended(() => shop.kill()),
  };
}

/** Nothing is shared with a system of the operator's, and what is measured is not the limit of one address. */
function environmentUnderLoad(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { MONGO_URI, REDIS_URL, TLS_CERT_FILE, TLS_KEY_FILE, TLS_CA_FILE, TLS_CLIENT_CERTIFICATE, ...own } = env;
  return {
    ...own,
    ORDERS_PER_SECOND: env.ORDERS_PER_SECOND || "100000",
    REQUESTS_PER_SECOND: env.REQUESTS_PER_SECOND || "1000000",
    LOG_LEVEL: env.LOG_LEVEL || "warn",
  };
}
