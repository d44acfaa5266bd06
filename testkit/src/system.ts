import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { familyOf, listProcesses } from "@shop/tools/supervisor/process-table";
import { choosePorts, replicaPorts } from "@shop/tools/system/ports";
import { type Replicas, replicaPortsNeeded, withReplicas } from "@shop/tools/system/replicas";
import { type ServiceEntry, serviceTable } from "@shop/tools/system/service-table";
import { createShop, type Shop } from "@shop/tools/system/shop-system";
import { removeAbandonedFolders } from "./abandoned-folders.ts";

/** A service of the embedded run: identity, inventory, payments, shipping, orders, gateway; orders-2 is a replica. */
export type ServiceName = string;

export interface System {
  restUrl: string;
  /** Where the order service listens, as host:port; with replicas the first of them. */
  grpcAddress: string;
  /** Where each replica of the order service listens. */
  grpcAddresses: readonly string[];
  /** Where each service with RPCs answers them, as host:port; with replicas the first of them. */
  grpcDoors: Readonly<Record<ServiceName, string>>;
  /** Where the identity service answers without the gateway before it. */
  identityUrl: string;
  /** Where each service serves health and metrics. */
  opsUrls: Readonly<Record<ServiceName, string>>;
  /** The MongoDB that keeps the payments, where one does. */
  mongoUri: string | undefined;
  /** The database of each service that has one; the connection may do what the service may. */
  databaseUrls: Readonly<Record<ServiceName, string>>;
  /** Holds `<service>.log` of each service. */
  logsDir: string;
  /** Holds the secrets that the installation has minted. */
  secretsFile: string;
  /** Kills a service as a crash would (SIGKILL); it is started again by itself. */
  kill(service: ServiceName): Promise<void>;
  /** Sends a signal to a service's processes, such as SIGSTOP and later SIGCONT, and not to the guard that ends them with us. */
  signal(service: ServiceName, signal: NodeJS.Signals): Promise<void>;
  /** Stops a service in good order; it stays stopped until `startService`. */
  stopService(service: ServiceName): Promise<void>;
  /** Starts a service that was stopped, and waits until it is ready. */
  startService(service: ServiceName): Promise<void>;
  /** Waits until a service says that it is ready. */
  waitUntilReady(service: ServiceName): Promise<void>;
  /** Stops everything and removes what was stored. */
  stop(): Promise<void>;
}

export interface SystemOptions {
  /** Variables that an operator could set, such as SAGA_RETRY_DELAY_MS. */
  env?: Record<string, string>;
  /** The services to run. Default: all. */
  services?: readonly ServiceEntry[];
  /** How many processes of a service. Default: one of each. */
  replicas?: Replicas;
  /** true where PostgreSQL is killed and nothing that it has committed may be lost. Default false, which is faster. */
  durable?: boolean;
  /** The `mongod` to keep payments with. Default: they are kept in PostgreSQL. */
  mongod?: string;
}

const root = join(import.meta.dirname, "..", "..");
const prefix = "shop-test-system-";

/** Starts the whole system as `npm start` does, with a process for each service, on free ports and empty databases. */
export async function startSystem({
  env = {},
  services: table = serviceTable,
  replicas = {},
  durable = false,
  mongod,
}: SystemOptions = {}): Promise<System> {
  await removeAbandonedFolders(prefix);
  const dataDir = await mkdtemp(join(tmpdir(), `${prefix}${process.pid}-`));
  await chmod(dataDir, 0o711); // root's PostgreSQL runs as another user and has to pass through
  const ports = await choosePorts({ free: true, replicas: replicaPortsNeeded(table, replicas) });
  const services = withReplicas(table, replicas);
  const shop = createShop({
    dataDir,
    ports,
    services,
    root,
    // Tests run beside each other on few cores: nothing is refused for being late.
    env: { PATH: process.env.PATH, MAX_EVENT_LOOP_DELAY_MS: "15000", ...env },
    mongod,
    durable,
    compileCache: join(root, "node_modules", ".cache", "shop-compile-cache"),
  });
  const stop = async () => {
    try {
      await shop.stop();
    } finally {
      await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
    }
  };
  try {
    for (const step of shop.preparation) await step.run();
    await Promise.all(shop.services.map((step) => step.run()));
  } catch (err) {
    await stop();
    throw err;
  }
  const scheme = env.TLS_CERT_FILE ? "https" : "http";
  return {
    restUrl: `${scheme}://127.0.0.1:${ports.rest}`,
    grpcAddress: `127.0.0.1:${ports.orders}`,
    grpcAddresses: replicaPorts(ports, "orders").map((port) => `127.0.0.1:${port}`),
    grpcDoors: Object.fromEntries(
      table.flatMap(({ name, grpcPort }) => (grpcPort ? [[name, `127.0.0.1:${ports[grpcPort]}`]] : [])),
    ),
    identityUrl: `${scheme}://127.0.0.1:${ports.identity}`,
    ...describeServices(shop, services),
    logsDir: join(dataDir, "logs"),
    secretsFile: join(dataDir, "secrets.json"),
    mongoUri: mongod && `mongodb://127.0.0.1:${ports.mongo}/payments?directConnection=true`,
    kill: (service) => shop.service(service).kill(),
    async signal(service, signal) {
      const { pid } = shop.service(service);
      const members = pid === undefined ? [] : familyOf(pid, await listProcesses());
      for (const member of members) if (!member.command.includes("guard.sh")) process.kill(member.pid, signal);
    },
    stopService: (service) => shop.service(service).stop(),
    async startService(service) {
      await shop.service(service).start();
      await shop.waitUntilReady(service);
    },
    waitUntilReady: (service) => shop.waitUntilReady(service),
    stop,
  };
}

function describeServices(shop: Shop, services: readonly ServiceEntry[]): Pick<System, "opsUrls" | "databaseUrls"> {
  const withDatabase = services.filter((entry) => entry.hasDatabase && !entry.replicaOf);
  return {
    opsUrls: Object.fromEntries(services.map(({ name }) => [name, shop.opsUrl(name)])),
    databaseUrls: Object.fromEntries(withDatabase.map(({ name }) => [name, shop.databaseUrl(name)])),
  };
}
