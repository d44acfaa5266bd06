import {
  type AppMode,
  httpUrl,
  noSandboxInProduction,
  onOff,
  parseEnv,
  portNumber,
  postgresUrl,
  serviceEnv,
  textField,
} from "@shop/platform/config";
import { z } from "zod";
import type { SandboxRules } from "./domain/sandbox-rules.ts";

export interface Config {
  mode: AppMode;
  logLevel: string;
  host: string;
  grpcPort: number;
  opsPort: number;
  databaseUrl: string;
  tokens: { jwksUrl: string; issuer: string };
  /** The sandbox provider's rules; undefined where they are off. */
  sandboxRules: SandboxRules | undefined;
}

const amount = textField("an amount above zero with at most two decimals, such as 1000.00", (text) => {
  const [, units, decimals = ""] = /^(\d{1,12})(?:\.(\d{1,2}))?$/.exec(text) ?? [];
  const minorUnits = Number(`${units}${decimals.padEnd(2, "0")}`);
  return minorUnits > 0 ? minorUnits : undefined;
});

const schema = z.object({
  ...serviceEnv,
  OPS_PORT: portNumber.default(9182),
  GRPC_PORT: portNumber.default(9082),
  DATABASE_URL: postgresUrl,
  IDENTITY_URL: httpUrl,
  TOKEN_ISSUER: z.string().default("shop-identity"),
  SANDBOX_RULES: onOff.optional(),
  PAYMENT_LIMIT: amount.default(100_000),
});

/** Reads the configuration. Throws ConfigError with all that is wrong. */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const read = parseEnv(schema, env, noSandboxInProduction);
  const rulesAreOn = read.SANDBOX_RULES ?? read.APP_MODE === "demo";
  return {
    mode: read.APP_MODE,
    logLevel: read.LOG_LEVEL,
    host: read.HOST,
    grpcPort: read.GRPC_PORT,
    opsPort: read.OPS_PORT,
    databaseUrl: read.DATABASE_URL,
    tokens: { jwksUrl: `${read.IDENTITY_URL}/.well-known/jwks.json`, issuer: read.TOKEN_ISSUER },
    sandboxRules: rulesAreOn ? { limitMinorUnits: read.PAYMENT_LIMIT } : undefined,
  };
}
