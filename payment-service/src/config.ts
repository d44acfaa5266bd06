import {
  type AppMode,
  databaseUrl,
  grpcPort,
  noSandboxInProduction,
  parseEnv,
  sandboxRules,
  serviceEnv,
  soundTokenRules,
  type TokenSettings,
  textField,
  tokenEnv,
  tokenSettings,
} from "@shop/platform/config";
import { identityOverTls, soundTlsRules, tlsEnv, tlsSettings } from "@shop/platform/config-tls";
import type { TlsFiles } from "@shop/platform/tls";
import { z } from "zod";
import type { SandboxRules } from "./domain/sandbox-rules.ts";

export interface Config {
  mode: AppMode;
  logLevel: string;
  host: string;
  grpcPort: number;
  opsPort: number;
  /** Where payments are kept: MongoDB where it is set, else PostgreSQL. */
  store: { kind: "mongo"; uri: string } | { kind: "postgres"; url: string };
  identity: TokenSettings;
  /** Undefined: plaintext. */
  tls?: TlsFiles;
  /** The sandbox provider's rules; undefined where they are off. */
  sandboxRules: SandboxRules | undefined;
}

const amount = textField("an amount above zero with at most two decimals, such as 1000.00", (text) => {
  const [, units, decimals = ""] = /^(\d{1,12})(?:\.(\d{1,2}))?$/.exec(text) ?? [];
  const minorUnits = Number(`${units}${decimals.padEnd(2, "0")}`);
  return minorUnits > 0 ? minorUnits : undefined;
});

const mongoUri = textField("a connection string such as mongodb://user:password@host:27017/payments", (text) =>
  /^mongodb(\+srv)?:\/\/([^/?#@\s]+@)?[A-Za-z0-9._\-:,[\]%]+(\/[^/?#\s]*)?(\?[^#\s]*)?$/.test(text) ? text : undefined,
);

/** The variables of this service, with their defaults. */
export const variables = z.object({
  ...serviceEnv,
  OPS_PORT: serviceEnv.OPS_PORT.default(9182),
  GRPC_PORT: grpcPort.default(9082),
  MONGO_URI: mongoUri.optional().meta({
    description: "Where it is set, payments are kept in this MongoDB and not in PostgreSQL",
    unset: "PostgreSQL",
    isSecret: true,
  }),
  DATABASE_URL: databaseUrl.optional().meta({ unset: "required, unless MONGO_URI is set" }),
  ...tokenEnv,
  ...tlsEnv,
  SANDBOX_RULES: sandboxRules,
  PAYMENT_LIMIT: amount.prefault("1000.00").meta({
    description: "With the sandbox rules on: amounts from here on are declined",
    unit: "the order's currency",
  }),
});

/** Reads the configuration. Throws ConfigError with all that is wrong. */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const read = parseEnv(
    variables,
    env,
    noSandboxInProduction,
    soundTokenRules,
    soundTlsRules,
    identityOverTls,
    someStore,
  );
  const rulesAreOn = read.SANDBOX_RULES ?? read.APP_MODE === "demo";
  return {
    mode: read.APP_MODE,
    logLevel: read.LOG_LEVEL,
    host: read.HOST,
    grpcPort: read.GRPC_PORT,
    opsPort: read.OPS_PORT,
    store: storeOf(read),
    identity: tokenSettings(read),
    tls: tlsSettings(read),
    sandboxRules: rulesAreOn ? { limitMinorUnits: read.PAYMENT_LIMIT } : undefined,
  };
}

type Stores = Pick<z.output<typeof variables>, "MONGO_URI" | "DATABASE_URL">;

function someStore(
  { MONGO_URI, DATABASE_URL }: Partial<Stores>,
  fault: (variable: keyof Stores, mustBe: string) => void,
) {
  if (MONGO_URI === undefined && DATABASE_URL === undefined) {
    fault("DATABASE_URL", "a URL such as postgres://user:password@host:5432/database, unless MONGO_URI is set");
  }
}

function storeOf({ MONGO_URI, DATABASE_URL = "" }: Stores): Config["store"] {
  return MONGO_URI === undefined ? { kind: "postgres", url: DATABASE_URL } : { kind: "mongo", uri: MONGO_URI };
}
