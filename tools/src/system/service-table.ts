import { createHash } from "node:crypto";
import { resolve } from "node:path";
import { type PortName, type Ports, replicaPorts } from "./ports.ts";
import type { Secrets } from "./secrets.ts";

/** One line of the table: what has to be known to run a service as a process of its own. */
export interface ServiceEntry {
  /** Its name on screen, of its log file, and of its database. */
  name: string;
  /** Its folder in the repository; `src/main.ts` in it is started. */
  folder: string;
  /** Serves `/health/ready` and `/metrics`. */
  opsPort: keyof Ports;
  /** Where it serves its RPCs; only a service with one can be run more than once. */
  grpcPort?: PortName;
  /** The service that it is a further replica of: the two share one database. */
  replicaOf?: string;
  /** Whether it gets a database and a user of its own. */
  hasDatabase: boolean;
  /** What the operator's own environment may set, by name. */
  passedOn: readonly string[];
  env(wiring: Wiring): Record<string, string>;
}

/** What the services' environments are made of. */
export interface Wiring {
  ports: Ports;
  secrets: Secrets;
  /** The MongoDB that payments are kept in; undefined where it is PostgreSQL. */
  mongoUri?: string;
  /** Whether every door but health and metrics speaks TLS; see {@link tlsFiles}. */
  isSecure?: boolean;
}

const scheme = ({ isSecure }: Wiring) => (isSecure ? "https" : "http");
const identityUrl = (wiring: Wiring) => `${scheme(wiring)}://127.0.0.1:${wiring.ports.identity}`;
const address = (port: number) => `127.0.0.1:${port}`;
/** Where all replicas of a service listen; who calls it spreads its calls over them. */
const addresses = ({ ports }: Wiring, name: PortName) => replicaPorts(ports, name).map(address).join(",");

const httpUrls = ({ ports }: Wiring, name: PortName) =>
  replicaPorts(ports, name)
    .map((port) => `http://${address(port)}`)
    .join(",");

/** The services of the embedded run, in the order in which they are started; they are stopped in the reverse order. */
export const serviceTable: readonly ServiceEntry[] = [
  {
    name: "identity",
    folder: "identity-service",
    opsPort: "identity-ops",
    hasDatabase: true,
    passedOn: [
      "DEMO_PASSWORD",
      "TLS_CLIENT_CERTIFICATE",
      "KEY_ACTIVATION_DELAY_SECONDS",
      "ARGON2_MEMORY_KIB",
      "ARGON2_ITERATIONS",
      "ARGON2_CONCURRENCY",
      "ARGON2_QUEUE",
      "REDIS_URL",
    ],
    env: (wiring) => ({
      HTTP_PORT: String(wiring.ports.identity),
      SERVICE_CLIENTS: serviceClients(wiring.secrets),
      KEY_ENCRYPTION_SECRET: wiring.secrets.keyEncryption,
      PUBLIC_URL: `${scheme(wiring)}://localhost:${wiring.ports.rest}/auth`,
      // The gateway tells for whom it logs in, so that failed logins slow that address and not everybody.
      TRUSTED_PROXIES: "127.0.0.1",
      // For glibc: blocks from 1 MiB on, the 16 MiB of scrypt above all, go back to the system when they are freed.
      MALLOC_MMAP_THRESHOLD_: "1048576",
    }),
  },
  {
    name: "inventory",
    folder: "inventory-service",
    opsPort: "inventory-ops",
    grpcPort: "inventory",
    hasDatabase: true,
    passedOn: ["SANDBOX_RULES", "SAGA_TIMEOUT_SECONDS", "RESERVATION_TTL_SECONDS", "RESERVATION_SWEEP_SECONDS"],
    env: (wiring) => ({ GRPC_PORT: String(wiring.ports.inventory), IDENTITY_URL: identityUrl(wiring) }),
  },
  {
    name: "payments",
    folder: "payment-service",
    opsPort: "payments-ops",
    grpcPort: "payments",
    hasDatabase: true,
    passedOn: ["SANDBOX_RULES", "PAYMENT_LIMIT"],
    env: (wiring) => ({
      GRPC_PORT: String(wiring.ports.payments),
      IDENTITY_URL: identityUrl(wiring),
      ...(wiring.mongoUri === undefined ? {} : { MONGO_URI: wiring.mongoUri }),
    }),
  },
  {
    name: "shipping",
    folder: "shipping-service",
    opsPort: "shipping-ops",
    grpcPort: "shipping",
    hasDatabase: true,
    passedOn: ["SHIPPING_COUNTRIES"],
    env: (wiring) => ({ GRPC_PORT: String(wiring.ports.shipping), IDENTITY_URL: identityUrl(wiring) }),
  },
  {
    name: "notifications",
    folder: "notification-service",
    opsPort: "notifications-ops",
    grpcPort: "notifications",
    hasDatabase: true,
    passedOn: [],
    env: (wiring) => ({
      GRPC_PORT: String(wiring.ports.notifications),
      IDENTITY_URL: identityUrl(wiring),
      CLIENT_ID: notificationServiceClientId,
      CLIENT_SECRET: wiring.secrets.notificationServiceClient,
    }),
  },
  {
    name: "orders",
    folder: "order-service",
    opsPort: "orders-ops",
    grpcPort: "orders",
    hasDatabase: true,
    passedOn: [
      "SANDBOX_RULES",
      "TLS_CLIENT_CERTIFICATE",
      "SAGA_RETRY_ATTEMPTS",
      "SAGA_RETRY_DELAY_MS",
      "SAGA_TIMEOUT_SECONDS",
      "SAGA_GIVE_UP_SECONDS",
      "SAGA_MAX_IN_FLIGHT",
      "SAGA_OWNER_LOST_AFTER_MS",
      "ANSWER_WITHIN_MS",
      "OUTBOX_CALLS_AT_ONCE",
      "OUTBOX_MAX_FAULTS",
      "OUTBOX_RETRY_DELAY_MS",
      "OUTBOX_KEEP_SENT_DAYS",
    ],
    env: (wiring) => ({
      GRPC_PORT: String(wiring.ports.orders),
      IDENTITY_URL: identityUrl(wiring),
      CLIENT_ID: orderServiceClientId,
      CLIENT_SECRET: wiring.secrets.orderServiceClient,
      INVENTORY_ADDRESS: addresses(wiring, "inventory"),
      PAYMENTS_ADDRESS: addresses(wiring, "payments"),
      SHIPPING_ADDRESS: addresses(wiring, "shipping"),
      NOTIFICATIONS_ADDRESS: addresses(wiring, "notifications"),
    }),
  },
  {
    name: "gateway",
    folder: "gateway",
    opsPort: "gateway-ops",
    hasDatabase: false,
    passedOn: [
      "TLS_CLIENT_CERTIFICATE",
      "ORDERS_PER_SECOND",
      "REQUESTS_PER_SECOND",
      "MAX_EVENT_LOOP_DELAY_MS",
      "REDIS_URL",
      "CORS_ORIGINS",
      "TRUSTED_PROXIES",
    ],
    env: (wiring) => ({
      HTTP_PORT: String(wiring.ports.rest),
      IDENTITY_URL: identityUrl(wiring),
      ORDERS_ADDRESS: addresses(wiring, "orders"),
      INVENTORY_ADDRESS: addresses(wiring, "inventory"),
      IDENTITY_OPS_URL: `http://${address(wiring.ports["identity-ops"])}`,
      ORDERS_OPS_URL: httpUrls(wiring, "orders-ops"),
      INVENTORY_OPS_URL: httpUrls(wiring, "inventory-ops"),
      PAYMENTS_OPS_URL: httpUrls(wiring, "payments-ops"),
      SHIPPING_OPS_URL: httpUrls(wiring, "shipping-ops"),
      NOTIFICATIONS_OPS_URL: httpUrls(wiring, "notifications-ops"),
    }),
  },
];

const orderServiceClientId = "order-service";
const notificationServiceClientId = "notification-service";
/** Its payments are none of any order: the payment service keeps them apart, and production has no such client. */
export const loadTestClientId = "load-test";

/** The identity service is told only hashes of the secrets: it can check them, and cannot give them away. */
function serviceClients(secrets: Secrets): string {
  const hashOf = (secret: string) => createHash("sha256").update(secret).digest("hex");
  return JSON.stringify([
    {
      clientId: orderServiceClientId,
      secretSha256: hashOf(secrets.orderServiceClient),
      scopes: ["inventory", "payments", "shipping", "notifications", "profiles"],
    },
    {
      clientId: notificationServiceClientId,
      secretSha256: hashOf(secrets.notificationServiceClient),
      scopes: ["profiles"],
    },
    {
      clientId: loadTestClientId,
      secretSha256: hashOf(secrets.loadTestClient),
      scopes: ["payments"],
    },
  ]);
}

/** The connection string of the service's own database. */
export function databaseUrl(
  { name: ownName, replicaOf: name = ownName }: Pick<ServiceEntry, "name" | "replicaOf">,
  { ports, secrets }: Wiring,
): string {
  return `postgres://${name}:${secrets.databases[name]}@${address(ports.postgres)}/${name}`;
}

const tlsFileVariables = ["TLS_CERT_FILE", "TLS_KEY_FILE", "TLS_CA_FILE"] as const;

/**
 * The files with which all processes of the run speak TLS, the same for all; the certificate is for 127.0.0.1 and
 * localhost. Services run in folders of their own, so that the paths are made absolute.
 */
export function tlsFiles(operator: NodeJS.ProcessEnv): Partial<Record<(typeof tlsFileVariables)[number], string>> {
  return Object.fromEntries(
    tlsFileVariables.flatMap((name) => {
      const path = operator[name];
      return path ? [[name, resolve(path)] as const] : [];
    }),
  );
}

/**
 * Everything a service's process gets as its environment; nothing else of the operator's is passed on. Not HOST either:
 * shells and compilers set that to names of their own, and the services find each other on 127.0.0.1.
 */
export function serviceEnvironment(
  entry: ServiceEntry,
  wiring: Wiring,
  operator: NodeJS.ProcessEnv,
): Record<string, string> {
  const passedOn = ["PATH", "LOG_LEVEL", "JWT_ALG", "JWT_SECRET", ...entry.passedOn].flatMap((name) => {
    const value = operator[name];
    return value ? [[name, value] as const] : [];
  });
  return {
    APP_MODE: "demo",
    OPS_PORT: String(wiring.ports[entry.opsPort]),
    ...entry.env(wiring),
    ...(entry.hasDatabase ? { DATABASE_URL: databaseUrl(entry, wiring) } : {}),
    ...Object.fromEntries(passedOn),
    ...tlsFiles(operator),
  };
}
