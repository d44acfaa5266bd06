import {
  type AppMode,
  durationMs,
  grpcAddresses,
  httpUrl,
  noSandboxInProduction,
  onOff,
  parseEnv,
  portNumber,
  postgresUrl,
  serviceEnv,
  wholeNumber,
} from "@shop/platform/config";
import { z } from "zod";

/** What the order service can be told; durations in milliseconds. */
export interface Config {
  readonly mode: AppMode;
  readonly logLevel: string;
  readonly host: string;
  readonly grpcPort: number;
  readonly opsPort: number;
  readonly databaseUrl: string;
  readonly identity: {
    readonly url: string;
    readonly issuer: string;
    readonly clientId: string;
    readonly clientSecret: string;
  };
  readonly addresses: { readonly inventory: string; readonly payments: string; readonly shipping: string };
  readonly saga: {
    readonly timeoutMs: number;
    readonly retries: number;
    readonly retryDelayMs: number;
    readonly maxInFlight: number;
    readonly giveUpAfterMs: number;
    readonly ownerLostAfterMs: number;
  };
  /** How long CreateOrder waits for its saga where the caller gives no earlier deadline. */
  readonly answerWithinMs: number;
  readonly sandboxRules: boolean;
}

/** The variables of this service, with their defaults. */
export const variables = z.object({
  ...serviceEnv,
  GRPC_PORT: portNumber.default(9080),
  OPS_PORT: portNumber.default(9180),
  DATABASE_URL: postgresUrl,
  IDENTITY_URL: httpUrl,
  TOKEN_ISSUER: z.string().default("shop-identity"),
  CLIENT_ID: z.string().default("order-service"),
  CLIENT_SECRET: z.string({ error: "must be the secret that the identity service knows this service by" }),
  INVENTORY_ADDRESS: grpcAddresses,
  PAYMENTS_ADDRESS: grpcAddresses,
  SHIPPING_ADDRESS: grpcAddresses,
  SAGA_RETRY_ATTEMPTS: wholeNumber(0, 20).default(3),
  SAGA_RETRY_DELAY_MS: durationMs.default(500),
  SAGA_TIMEOUT_SECONDS: wholeNumber(1, 3600).default(300),
  SAGA_GIVE_UP_SECONDS: wholeNumber(1, 3600).default(30),
  SAGA_MAX_IN_FLIGHT: wholeNumber(1, 100_000).default(512),
  SAGA_OWNER_LOST_AFTER_MS: wholeNumber(500, 3_600_000).default(5000),
  ANSWER_WITHIN_MS: durationMs.default(10_000),
  SANDBOX_RULES: onOff.optional(),
});

/** Reads the configuration. Throws ConfigError with all faults. */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const values = parseEnv(variables, env, noSandboxInProduction);
  return {
    mode: values.APP_MODE,
    logLevel: values.LOG_LEVEL,
    host: values.HOST,
    grpcPort: values.GRPC_PORT,
    opsPort: values.OPS_PORT,
    databaseUrl: values.DATABASE_URL,
    identity: {
      url: values.IDENTITY_URL,
      issuer: values.TOKEN_ISSUER,
      clientId: values.CLIENT_ID,
      clientSecret: values.CLIENT_SECRET,
    },
    addresses: {
      inventory: values.INVENTORY_ADDRESS,
      payments: values.PAYMENTS_ADDRESS,
      shipping: values.SHIPPING_ADDRESS,
    },
    saga: {
      timeoutMs: values.SAGA_TIMEOUT_SECONDS * 1000,
      retries: values.SAGA_RETRY_ATTEMPTS,
      retryDelayMs: values.SAGA_RETRY_DELAY_MS,
      maxInFlight: values.SAGA_MAX_IN_FLIGHT,
      giveUpAfterMs: values.SAGA_GIVE_UP_SECONDS * 1000,
      ownerLostAfterMs: values.SAGA_OWNER_LOST_AFTER_MS,
    },
    answerWithinMs: values.ANSWER_WITHIN_MS,
    sandboxRules: values.SANDBOX_RULES ?? values.APP_MODE === "demo",
  };
}
