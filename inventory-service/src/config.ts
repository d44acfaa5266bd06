import {
  type AppMode,
  type CrossCheck,
  databaseUrl,
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
import { identityOverTls, soundTlsRules, tlsEnv, tlsSettings } from "@shop/platform/config-tls";
import type { TlsFiles } from "@shop/platform/tls";
import { z } from "zod";

export interface Config {
  readonly mode: AppMode;
  readonly logLevel: string;
  /** Where both servers listen. */
  readonly host: string;
  readonly grpcPort: number;
  readonly opsPort: number;
  readonly databaseUrl: string;
  readonly identity: TokenSettings;
  /** Undefined: plaintext. */
  readonly tls?: TlsFiles;
  /** Whether an order id that ends in 0 finds every shelf empty. Default: only in the demo. */
  readonly hasSandboxRules: boolean;
  /** How long a reservation is held before it may expire; longer than the saga's timeout. Default: 15 minutes. */
  readonly reservationTtlMs: number;
  /** The pause between two sweeps for overdue reservations. Default: 5 s. */
  readonly sweepIntervalMs: number;
}

/** Reads the service's configuration. Throws a ConfigError that names every fault. */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const read = parseEnv(
    variables,
    env,
    outlivesSaga,
    noSandboxInProduction,
    soundTokenRules,
    soundTlsRules,
    identityOverTls,
  );
  return {
    mode: read.APP_MODE,
    logLevel: read.LOG_LEVEL,
    host: read.HOST,
    grpcPort: read.GRPC_PORT,
    opsPort: read.OPS_PORT,
    databaseUrl: read.DATABASE_URL,
    identity: tokenSettings(read),
    tls: tlsSettings(read),
    hasSandboxRules: read.SANDBOX_RULES ?? read.APP_MODE === "demo",
    reservationTtlMs: read.RESERVATION_TTL_SECONDS * 1000,
    sweepIntervalMs: read.RESERVATION_SWEEP_SECONDS * 1000,
  };
}

/** The variables of this service, with their defaults. */
export const variables = z.object({
  ...serviceEnv,
  GRPC_PORT: grpcPort.default(9081),
  OPS_PORT: serviceEnv.OPS_PORT.default(9181),
  DATABASE_URL: databaseUrl,
  ...tokenEnv,
  ...tlsEnv,
  SANDBOX_RULES: sandboxRules,
  SAGA_TIMEOUT_SECONDS: wholeNumber(1, 86_400).default(300).meta({
    description: "The order service's: no reservation may lapse before it",
    unit: "s",
  }),
  RESERVATION_TTL_SECONDS: wholeNumber(1, 604_800).default(900).meta({
    description: "A reservation that nobody commits may lapse after so long; more than SAGA_TIMEOUT_SECONDS",
    unit: "s",
  }),
  RESERVATION_SWEEP_SECONDS: wholeNumber(1, 3600).default(5).meta({
    description: "The pause between two looks for reservations that have lapsed",
    unit: "s",
  }),
});

/** An order that is still under way never loses what was reserved for it. */
const outlivesSaga: CrossCheck<z.output<typeof variables>> = (
  { RESERVATION_TTL_SECONDS = Number.POSITIVE_INFINITY, SAGA_TIMEOUT_SECONDS = 0 },
  fault,
) => {
  if (RESERVATION_TTL_SECONDS <= SAGA_TIMEOUT_SECONDS) {
    fault("RESERVATION_TTL_SECONDS", "more than SAGA_TIMEOUT_SECONDS");
  }
};
