import {
  type AppMode,
  commaList,
  durationMs,
  grpcAddresses,
  httpPort,
  httpUrls,
  parseEnv,
  redisUrl,
  serviceEnv,
  soundTokenRules,
  type TokenSettings,
  tokenEnv,
  tokenSettings,
  trustedProxies,
  wholeNumber,
} from "@shop/platform/config";
import {
  identityOverTls,
  soundTlsRules,
  type TlsDoorSettings,
  tlsDoorEnv,
  tlsDoorSettings,
  tlsEnv,
} from "@shop/platform/config-tls";
import { z } from "zod";
import type { DoorOptions } from "./api/app.ts";

/** How the gateway runs. */
export interface Config {
  readonly mode: AppMode;
  readonly logLevel: string;
  readonly host: string;
  readonly httpPort: number;
  readonly opsPort: number;
  readonly identityUrl: string;
  readonly tokens: TokenSettings;
  readonly ordersAddress: string;
  readonly inventoryAddress: string;
  /** Where the processes of each service tell whether they are ready. */
  readonly readinessUrls: Readonly<Record<string, readonly string[]>>;
  /** Where all gateways count together; undefined: each counts for itself. */
  readonly redisUrl: string | undefined;
  /** Undefined: plaintext. */
  readonly tls?: TlsDoorSettings;
  readonly door: DoorOptions;
}

/** The variables of this service, with their defaults. */
export const variables = z.object({
  ...serviceEnv,
  HTTP_PORT: httpPort.default(8000),
  OPS_PORT: serviceEnv.OPS_PORT.default(9186),
  ...tokenEnv,
  ...tlsEnv,
  ...tlsDoorEnv,
  ORDERS_ADDRESS: grpcAddresses.meta({ description: "Where the order service is", example: "127.0.0.1:9080" }),
  INVENTORY_ADDRESS: grpcAddresses.meta({ description: "Where the inventory service is", example: "127.0.0.1:9081" }),
  IDENTITY_OPS_URL: opsUrl("identity", 9185),
  ORDERS_OPS_URL: opsUrl("orders", 9180),
  INVENTORY_OPS_URL: opsUrl("inventory", 9181),
  PAYMENTS_OPS_URL: opsUrl("payments", 9182),
  SHIPPING_OPS_URL: opsUrl("shipping", 9183),
  NOTIFICATIONS_OPS_URL: opsUrl("notifications", 9184),
  CORS_ORIGINS: commaList.default([]).describe("Origins whose pages may call the API; * for all"),
  TRUSTED_PROXIES: trustedProxies,
  ORDERS_PER_SECOND: wholeNumber(1, 1_000_000)
    .default(100)
    .describe("How many orders one user may place in a second, at all gateways of one REDIS_URL together"),
  REQUESTS_PER_SECOND: wholeNumber(1, 1_000_000)
    .default(1_000)
    .describe("How many other requests one user may make in a second; without a good token, one address"),
  REDIS_URL: redisUrl,
  REQUEST_TIMEOUT_MS: durationMs.default(10_000).describe("The longest a request may take to arrive"),
  MAX_CONNECTIONS: wholeNumber(1, 1_000_000).default(5_000).describe("More connections than these are closed at once"),
  MAX_EVENT_LOOP_DELAY_MS: durationMs
    .default(500)
    .describe("While this process is later than this with what is due, it refuses a part of the requests with 503"),
  MAX_EVENT_STREAMS: wholeNumber(1, 100_000)
    .default(1_000)
    .describe("How many streams of events may be open at this process at once"),
  MAX_EVENT_STREAMS_PER_USER: wholeNumber(1, 100_000).default(100).describe("How many of them one user may have"),
});

/** The configuration that the environment says. Throws ConfigError with all of its faults. */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const read = parseEnv(variables, env, soundTokenRules, soundTlsRules, identityOverTls);
  const ready = (urls: string) => urls.split(",").map((url) => `${url}/health/ready`);
  return {
    mode: read.APP_MODE,
    logLevel: read.LOG_LEVEL,
    host: read.HOST,
    httpPort: read.HTTP_PORT,
    opsPort: read.OPS_PORT,
    identityUrl: read.IDENTITY_URL,
    tokens: tokenSettings(read),
    ordersAddress: read.ORDERS_ADDRESS,
    inventoryAddress: read.INVENTORY_ADDRESS,
    readinessUrls: {
      identity: ready(read.IDENTITY_OPS_URL),
      orders: ready(read.ORDERS_OPS_URL),
      inventory: ready(read.INVENTORY_OPS_URL),
      payments: ready(read.PAYMENTS_OPS_URL),
      shipping: ready(read.SHIPPING_OPS_URL),
      notifications: ready(read.NOTIFICATIONS_OPS_URL),
    },
    redisUrl: read.REDIS_URL,
    tls: tlsDoorSettings(read),
    door: {
      corsOrigins: read.CORS_ORIGINS,
      trustedProxies: read.TRUSTED_PROXIES,
      ordersPerSecond: read.ORDERS_PER_SECOND,
      requestsPerSecond: read.REQUESTS_PER_SECOND,
      requestTimeoutMs: read.REQUEST_TIMEOUT_MS,
      maxConnections: read.MAX_CONNECTIONS,
      maxLoopDelayMs: read.MAX_EVENT_LOOP_DELAY_MS,
      eventStreams: { places: read.MAX_EVENT_STREAMS, placesPerUser: read.MAX_EVENT_STREAMS_PER_USER },
    },
  };
}

function opsUrl(service: string, usualPort: number) {
  return httpUrls
    .default(`http://127.0.0.1:${usualPort}`)
    .describe(`Where the processes of the ${service} service say whether they are ready, for /health`);
}
