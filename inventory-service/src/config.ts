import {
  type AppMode,
  type CrossCheck,
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

export interface Config {
  readonly mode: AppMode;
  readonly logLevel: string;
  /** Where both servers listen. */
  readonly host: string;
  readonly grpcPort: number;
  readonly opsPort: number;
  readonly databaseUrl: string;
  readonly identity: { readonly jwksUrl: string; readonly issuer: string };
  /** Whether an order id that ends in 0 finds every shelf empty. Default: only in the demo. */
  readonly hasSandboxRules: boolean;
  /** How long a reservation is held before it may expire; longer than the saga's timeout. Default: 15 minutes. */
  readonly reservationTtlMs: number;
  /** The pause between two sweeps for overdue reservations. Default: 5 s. */
  readonly sweepIntervalMs: number;
}

/** Reads the service's configuration. Throws a ConfigError that names every fault. */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const read = parseEnv(schema, env, outlivesSaga, noSandboxInProduction);
  return {
    mode: read.APP_MODE,
    logLevel: read.LOG_LEVEL,
    host: read.HOST,
    grpcPort: read.GRPC_PORT,
    opsPort: read.OPS_PORT,
    databaseUrl: read.DATABASE_URL,
    identity: { jwksUrl: `${read.IDENTITY_URL}/.well-known/jwks.json`, issuer: read.TOKEN_ISSUER },
    hasSandboxRules: read.SANDBOX_RULES ?? read.APP_MODE === "demo",
    reservationTtlMs: read.RESERVATION_TTL_SECONDS * 1000,
    sweepIntervalMs: read.RESERVATION_SWEEP_SECONDS * 1000,
  };
}

const schema = z.object({
  ...serviceEnv,
  GRPC_PORT: portNumber.default(9081),
  OPS_PORT: portNumber.default(9181),
  DATABASE_URL: postgresUrl,
  IDENTITY_URL: httpUrl,
  TOKEN_ISSUER: z.string().default("shop-identity"),
  SANDBOX_RULES: onOff.optional(),
  SAGA_TIMEOUT_SECONDS: wholeNumber(1, 86_400).default(300),
  RESERVATION_TTL_SECONDS: wholeNumber(1, 604_800).default(900),
  RESERVATION_SWEEP_SECONDS: wholeNumber(1, 3600).default(5),
});

/** An order that is still under way never loses what was reserved for it. */
const outlivesSaga: CrossCheck<z.output<typeof schema>> = (
  { RESERVATION_TTL_SECONDS = Number.POSITIVE_INFINITY, SAGA_TIMEOUT_SECONDS = 0 },
  fault,
) => {
  if (RESERVATION_TTL_SECONDS <= SAGA_TIMEOUT_SECONDS) {
    fault("RESERVATION_TTL_SECONDS", "more than SAGA_TIMEOUT_SECONDS");
  }
};
