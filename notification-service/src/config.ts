import {
  type AppMode,
  clientSecret,
  databaseUrl,
  grpcPort,
  parseEnv,
  serviceEnv,
  soundTokenRules,
  type TokenSettings,
  tokenEnv,
  tokenSettings,
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
  readonly identity: TokenSettings & {
    /** The service's own login, for the customers' profiles. */
    readonly clientId: string;
    readonly clientSecret: string;
  };
  /** Undefined: plaintext. */
  readonly tls?: TlsFiles;
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
    identity: { ...tokenSettings(read), clientId: read.CLIENT_ID, clientSecret: read.CLIENT_SECRET },
    tls: tlsSettings(read),
  };
}

/** The variables of this service, with their defaults. */
export const variables = z.object({
  ...serviceEnv,
  GRPC_PORT: grpcPort.default(9084),
  OPS_PORT: serviceEnv.OPS_PORT.default(9184),
  DATABASE_URL: databaseUrl,
  ...tokenEnv,
  ...tlsEnv,
  CLIENT_ID: z
    .string()
    .default("notification-service")
    .describe("The name under which the identity service knows this service"),
  CLIENT_SECRET: clientSecret,
});
