import {
  type AppMode,
  databaseUrl,
  grpcPort,
  parseEnv,
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
import { defaultCountries } from "./domain/served-countries.ts";

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
  /** The countries that are served, ISO 3166-1 alpha-2. */
  readonly countries: ReadonlySet<string>;
}

/** Reads the service's configuration. Throws a ConfigError that names every fault. */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const read = parseEnv(variables, env, soundTokenRules, soundTlsRules, identityOverTls);
  return {
    mode: read.APP_MODE,
    logLevel: read.LOG_LEVEL,
    host: read.HOST,
    grpcPort: read.GRPC_PORT,
    opsPort: read.OPS_PORT,
    databaseUrl: read.DATABASE_URL,
    identity: tokenSettings(read),
    tls: tlsSettings(read),
    countries: new Set(read.SHIPPING_COUNTRIES ?? defaultCountries),
  };
}

const countryList = textField("a list of ISO 3166-1 alpha-2 codes such as US,CA", (text) => {
  const codes = text.split(",").map((code) => code.trim());
  return codes.every((code) => /^[A-Z]{2}$/.test(code)) ? codes : undefined;
});

/** The variables of this service, with their defaults. */
export const variables = z.object({
  ...serviceEnv,
  GRPC_PORT: grpcPort.default(9083),
  OPS_PORT: serviceEnv.OPS_PORT.default(9183),
  DATABASE_URL: databaseUrl,
  ...tokenEnv,
  ...tlsEnv,
  SHIPPING_COUNTRIES: countryList.optional().meta({
    description: "The countries that are served",
    unset: [...defaultCountries].join(","),
  }),
});
