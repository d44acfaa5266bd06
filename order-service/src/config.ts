import {
  type AppMode,
  clientSecret,
  databaseUrl,
  durationMs,
  grpcAddresses,
  grpcPort,
  noSandboxInProduction,
  parseEnv,
  sandboxRules,
  serviceEnv,
  soundTokenRules,
  type TokenSettings,
  tokenEnv,
  tokenSettings,
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

/** What the order service can be told; durations in milliseconds. */
export interface Config {
  readonly mode: AppMode;
  readonly logLevel: string;
  readonly host: string;
  readonly grpcPort: number;
  readonly opsPort: number;
  readonly databaseUrl: string;
  readonly identity: TokenSettings & {
    readonly clientId: string;
    readonly clientSecret: string;
  };
  /** Undefined: plaintext. */
  readonly tls?: TlsDoorSettings;
  readonly addresses: { readonly inventory: string; readonly payments: string; readonly shipping: string };
  readonly saga: {
    readonly timeoutMs: number;
    readonly retries: number;
    readonly retryDelayMs: number;
    readonly maxInFlight: number;
    readonly giveUpAfterMs: number;
    readonly ownerLostAfterMs: number;
  };
  readonly notificationsAddress: string;
  readonly outbox: {
    readonly callsAtOnce: number;
    readonly maxFaults: number;
    readonly retryDelayMs: number;
    readonly keepSentMs: number;
  };
  /** How long CreateOrder waits for its saga where the caller gives no earlier deadline. */
  readonly answerWithinMs: number;
  /** So many callers may watch an order at this process at once. */
  readonly maxWatchers: number;
  readonly sandboxRules: boolean;
}

/** The variables of this service, with their defaults. */
export const variables = z.object({
  ...serviceEnv,
  GRPC_PORT: grpcPort.default(9080),
  OPS_PORT: serviceEnv.OPS_PORT.default(9180),
  DATABASE_URL: databaseUrl,
  ...tokenEnv,
  ...tlsEnv,
  ...tlsDoorEnv,
  CLIENT_ID: z
    .string()
    .default("order-service")
    .describe("The name under which the identity service knows this service"),
  CLIENT_SECRET: clientSecret,
  INVENTORY_ADDRESS: grpcAddresses.meta({ description: "Where the inventory service is", example: "127.0.0.1:9081" }),
  PAYMENTS_ADDRESS: grpcAddresses.meta({ description: "Where the payment service is", example: "127.0.0.1:9082" }),
  SHIPPING_ADDRESS: grpcAddresses.meta({ description: "Where the shipping service is", example: "127.0.0.1:9083" }),
  NOTIFICATIONS_ADDRESS: grpcAddresses.meta({
    description: "Where the notification service is",
    example: "127.0.0.1:9084",
  }),
  SAGA_RETRY_ATTEMPTS: wholeNumber(0, 20)
    .default(3)
    .describe("Calls of a step after the first, before its saga is parked"),
  SAGA_RETRY_DELAY_MS: durationMs.default(500).meta({
    description: "The delay before the first of them; each further one is twice as long, with jitter",
    unit: "ms",
  }),
  SAGA_TIMEOUT_SECONDS: wholeNumber(1, 3600).default(300).meta({
    description: "A saga that has not called its point of no return by then is turned round",
    unit: "s",
  }),
  SAGA_GIVE_UP_SECONDS: wholeNumber(1, 3600).default(30).meta({
    description: "A saga parked for so long on its payment or its shipment is turned round",
    unit: "s",
  }),
  SAGA_MAX_IN_FLIGHT: wholeNumber(1, 100_000)
    .default(512)
    .describe("Beyond so many sagas at once in one process, new orders are refused with OVERLOADED"),
  SAGA_OWNER_LOST_AFTER_MS: wholeNumber(500, 3_600_000).default(5000).meta({
    description: "A process that has not told that it lives for so long has lost its sagas to the others",
    unit: "ms",
  }),
  OUTBOX_CALLS_AT_ONCE: wholeNumber(1, 1000)
    .default(32)
    .describe("So many events one process sends at once; an eighth as many more of those that have failed before"),
  OUTBOX_MAX_FAULTS: wholeNumber(1, 100)
    .default(10)
    .describe(
      "After so many calls that were answered with an error, or found nobody while other events were taken, an event is given up and leaves a dead letter",
    ),
  OUTBOX_RETRY_DELAY_MS: durationMs.default(1000).meta({
    description: "The delay after the first of them; each further one is twice as long, up to 5 minutes, with jitter",
    unit: "ms",
  }),
  OUTBOX_KEEP_SENT_DAYS: wholeNumber(1, 3650).default(7).meta({
    description: "Events that were sent longer ago are deleted",
    unit: "days",
  }),
  ANSWER_WITHIN_MS: durationMs.default(10_000).meta({
    description: "So long CreateOrder waits for its saga where the caller gives no earlier deadline",
    unit: "ms",
  }),
  MAX_WATCHERS: wholeNumber(1, 100_000)
    .default(1000)
    .describe("Beyond so many callers that watch an order at one process, further ones are refused with OVERLOADED"),
  SANDBOX_RULES: sandboxRules,
});

/** Reads the configuration. Throws ConfigError with all faults. */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const values = parseEnv(variables, env, noSandboxInProduction, soundTokenRules, soundTlsRules, identityOverTls);
  return {
    mode: values.APP_MODE,
    logLevel: values.LOG_LEVEL,
    host: values.HOST,
    grpcPort: values.GRPC_PORT,
    opsPort: values.OPS_PORT,
    databaseUrl: values.DATABASE_URL,
    identity: { ...tokenSettings(values), clientId: values.CLIENT_ID, clientSecret: values.CLIENT_SECRET },
    tls: tlsDoorSettings(values),
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
    notificationsAddress: values.NOTIFICATIONS_ADDRESS,
    outbox: {
      callsAtOnce: values.OUTBOX_CALLS_AT_ONCE,
      maxFaults: values.OUTBOX_MAX_FAULTS,
      retryDelayMs: values.OUTBOX_RETRY_DELAY_MS,
      keepSentMs: values.OUTBOX_KEEP_SENT_DAYS * 86_400_000,
    },
    answerWithinMs: values.ANSWER_WITHIN_MS,
    maxWatchers: values.MAX_WATCHERS,
    sandboxRules: values.SANDBOX_RULES ?? values.APP_MODE === "demo",
  };
}
