import {
  type AppMode,
  addressRanges,
  commaList,
  grpcAddresses,
  httpUrl,
  parseEnv,
  portNumber,
  serviceEnv,
  wholeNumber,
} from "@shop/platform/config";
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
  readonly tokenIssuer: string;
  readonly ordersAddress: string;
  readonly inventoryAddress: string;
  /** Where each service tells whether it is ready. */
  readonly readinessUrls: Readonly<Record<string, string>>;
  readonly door: DoorOptions;
}

const environment = z.object({
  ...serviceEnv,
  HTTP_PORT: portNumber.default(8000),
  OPS_PORT: portNumber.default(9186),
  IDENTITY_URL: httpUrl,
  TOKEN_ISSUER: z.string().default("shop-identity"),
  ORDERS_ADDRESS: grpcAddresses,
  INVENTORY_ADDRESS: grpcAddresses,
  IDENTITY_OPS_URL: httpUrl.default("http://127.0.0.1:9185"),
  ORDERS_OPS_URL: httpUrl.default("http://127.0.0.1:9180"),
  INVENTORY_OPS_URL: httpUrl.default("http://127.0.0.1:9181"),
  PAYMENTS_OPS_URL: httpUrl.default("http://127.0.0.1:9182"),
  SHIPPING_OPS_URL: httpUrl.default("http://127.0.0.1:9183"),
  CORS_ORIGINS: commaList.default([]),
  TRUSTED_PROXIES: addressRanges.default([]),
  ORDERS_PER_SECOND: wholeNumber(1, 1_000_000).default(100),
  REQUESTS_PER_SECOND: wholeNumber(1, 1_000_000).default(1_000),
});

/** The configuration that the environment says. Throws ConfigError with all of its faults. */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const read = parseEnv(environment, env);
  const ready = (url: string) => `${url}/health/ready`;
  return {
    mode: read.APP_MODE,
    logLevel: read.LOG_LEVEL,
    host: read.HOST,
    httpPort: read.HTTP_PORT,
    opsPort: read.OPS_PORT,
    identityUrl: read.IDENTITY_URL,
    tokenIssuer: read.TOKEN_ISSUER,
    ordersAddress: read.ORDERS_ADDRESS,
    inventoryAddress: read.INVENTORY_ADDRESS,
    readinessUrls: {
      identity: ready(read.IDENTITY_OPS_URL),
      orders: ready(read.ORDERS_OPS_URL),
      inventory: ready(read.INVENTORY_OPS_URL),
      payments: ready(read.PAYMENTS_OPS_URL),
      shipping: ready(read.SHIPPING_OPS_URL),
    },
    door: {
      corsOrigins: read.CORS_ORIGINS,
      trustedProxies: read.TRUSTED_PROXIES,
      ordersPerSecond: read.ORDERS_PER_SECOND,
      requestsPerSecond: read.REQUESTS_PER_SECOND,
    },
  };
}
