import {
  type AppMode,
  type CrossCheck,
  databaseUrl,
  httpPort,
  httpUrl,
  parseEnv,
  redisUrl,
  serviceEnv,
  soundTokenRules,
  textField,
  tokenEnv,
  trustedProxies,
  wholeNumber,
} from "@shop/platform/config";
import { soundTlsRules, type TlsDoorSettings, tlsDoorEnv, tlsDoorSettings, tlsEnv } from "@shop/platform/config-tls";
import { z } from "zod";
import { loginClientId } from "./domain/access-token.ts";
import { demoPassword } from "./domain/demo-users.ts";
import { type FirstAdmin, faultsOfCredentials } from "./domain/new-user.ts";
import { owaspCost, type PasswordCost } from "./domain/passwords.ts";
import { isScopeWord } from "./domain/scope.ts";
import type { ServiceClient } from "./domain/service-client.ts";
import type { SigningAlgorithm } from "./domain/signing-key.ts";

export interface Config {
  readonly mode: AppMode;
  readonly logLevel: string;
  readonly host: string;
  /** 0 takes a free one. */
  readonly httpPort: number;
  readonly opsPort: number;
  readonly databaseUrl: string;
  /** The `iss` of every token. */
  readonly tokenIssuer: string;
  /** Where callers find this service; the address it listens on where it is not set. */
  readonly publicUrl?: string;
  /** Put into the database at each start. */
  readonly serviceClients: readonly ServiceClient[];
  /** What the demo users log in with; only in demo mode are there any. */
  readonly demoPassword: string;
  /** Made at a start that finds no Admin. */
  readonly firstAdmin?: FirstAdmin;
  /** Private keys are stored encrypted with it; without it they are stored as they are. */
  readonly keyEncryptionSecret?: string;
  /** What tokens are signed with. */
  readonly signingAlgorithm: SigningAlgorithm;
  /** Only with HS256. */
  readonly sharedSecret?: string;
  /** How long a new key is published before it signs, in seconds. */
  readonly keyActivationDelaySeconds: number;
  readonly passwordCost: PasswordCost;
  /** Where failed logins are counted for all processes together; undefined: each counts for itself. */
  readonly redisUrl?: string;
  /** IP addresses and ranges of the proxies whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[];
  /** Undefined: plaintext. */
  readonly tls?: TlsDoorSettings;
}

const clientsForm = `a JSON list, without the client ${loginClientId}, which stands for those who log in, such as [{"clientId":"order-service","secretSha256":"<64 hexadecimal digits>","scopes":["inventory"]}]`;

const clientsSchema = z.array(
  z.strictObject({
    clientId: z
      .string()
      .regex(/^[A-Za-z0-9._-]{1,100}$/)
      .refine((clientId) => clientId !== loginClientId),
    secretSha256: z.string().regex(/^[0-9a-f]{64}$/i),
    scopes: z.array(z.string().max(100).refine(isScopeWord)),
  }),
);

const usernameRule =
  "a name of 1 to 255 characters in their plain form, without control characters or blanks at its ends";
const passwordRule = "a password of 8 to 1024 characters that is not guessed first and not the name";

/** The variables of this service, with their defaults. */
export const variables = z.object({
  ...serviceEnv,
  HTTP_PORT: httpPort.default(9085),
  OPS_PORT: serviceEnv.OPS_PORT.default(9185),
  DATABASE_URL: databaseUrl,
  TOKEN_ISSUER: tokenEnv.TOKEN_ISSUER,
  PUBLIC_URL: httpUrl.optional().meta({
    description:
      "Where callers find it, for its metadata (RFC 8414); through the gateway that is http://localhost:8000/auth",
    unset: "the address it listens on",
  }),
  SERVICE_CLIENTS: textField(clientsForm, parseServiceClients)
    .default([])
    .describe(
      "The services that may have tokens of their own, with the scopes these may have; `token-exchange` among them lets a service exchange users' tokens and stands in no token; put into the database at each start; `load-test` is refused in production",
    ),
  DEMO_PASSWORD: textField("a text of 1 to 1024 characters", (text) => (text.length <= 1024 ? text : undefined))
    .optional()
    .meta({
      description: "What the demo users log in with; refused in production",
      unset: demoPassword,
      isSecret: true,
    }),
  FIRST_ADMIN_USERNAME: textField(usernameRule, (text) => text)
    .optional()
    .meta({
      description:
        "The name of the Admin who is made at a start that finds none; only an Admin makes users, so a production system begins with it",
      unset: "nobody is made",
    }),
  FIRST_ADMIN_PASSWORD: textField(passwordRule, (text) => text)
    .optional()
    .meta({
      description: "What that Admin logs in with; both variables are to be taken away after the first start",
      unset: "nobody is made",
      isSecret: true,
    }),
  KEY_ENCRYPTION_SECRET: textField("a secret of at least 32 characters", (text) =>
    text.length >= 32 ? text : undefined,
  )
    .optional()
    .meta({
      description: "Encrypts the signing keys in the database; required in production",
      unset: "they are stored as they are",
      isSecret: true,
    }),
  JWT_ALG: tokenEnv.JWT_ALG,
  JWT_SECRET: tokenEnv.JWT_SECRET,
  KEY_ACTIVATION_DELAY_SECONDS: wholeNumber(0, 86_400).default(15).meta({
    description: "How long a new key is published before it signs: every verifier has to have read it by then",
    unit: "s",
  }),
  ARGON2_MEMORY_KIB: wholeNumber(8, 1_048_576).default(owaspCost.memoryKib).meta({
    description: "Memory of one argon2id hash; less than the default's work is refused in production",
    unit: "KiB",
  }),
  ARGON2_ITERATIONS: wholeNumber(1, 100).default(owaspCost.passes).describe("Passes over that memory"),
  ARGON2_CONCURRENCY: wholeNumber(1, 64)
    .default(1)
    .describe(
      "Hashes that are made at once. Each takes a core for some 12 ms and all of ARGON2_MEMORY_KIB, on a thread that gives " +
        "way to all else; one fewer than there are cores, so that a storm of logins leaves one to the other routes, and at " +
        "most UV_THREADPOOL_SIZE (4)",
    ),
  ARGON2_QUEUE: wholeNumber(0, 10_000)
    .default(64)
    .describe(
      "Hashes that may wait, and as many again for users in networks that they are known from; more logins are 503. With the 2.5 s for which a login may be held back all that should stay below the gateway's 5 s",
    ),
  REDIS_URL: redisUrl,
  TRUSTED_PROXIES: trustedProxies,
  ...tlsEnv,
  ...tlsDoorEnv,
});

/** One process of this service sees a new key within 1 s, a cache keeps the list for 2 s, and verifiers read it every 5 s. */
const leastActivationDelaySeconds = 10;

/** Whose payments the payment service keeps apart from those of orders, so that a demo can be put under load. */
const loadTestClientId = "load-test";

/** What is good enough for a demo is not for customers. */
const fitForProduction: CrossCheck<z.output<typeof variables>> = (read, fault) => {
  if (read.APP_MODE !== "production") return;
  if (read.DEMO_PASSWORD !== undefined) fault("DEMO_PASSWORD", "left out with APP_MODE=production");
  if (read.SERVICE_CLIENTS?.some(({ clientId }) => clientId === loadTestClientId)) {
    fault(
      "SERVICE_CLIENTS",
      `without the client ${loadTestClientId}, whose payments no order asked for, with APP_MODE=production`,
    );
  }
  if (read.KEY_ENCRYPTION_SECRET === undefined) fault("KEY_ENCRYPTION_SECRET", "a secret with APP_MODE=production");
  if ((read.KEY_ACTIVATION_DELAY_SECONDS ?? leastActivationDelaySeconds) < leastActivationDelaySeconds) {
    fault("KEY_ACTIVATION_DELAY_SECONDS", `at least ${leastActivationDelaySeconds} with APP_MODE=production`);
  }
  const { ARGON2_MEMORY_KIB: memory, ARGON2_ITERATIONS: passes } = read;
  if (memory !== undefined && passes !== undefined && memory * passes < owaspCost.memoryKib * owaspCost.passes) {
    const least = `at least ${owaspCost.memoryKib} for ${owaspCost.passes} iterations`;
    fault("ARGON2_MEMORY_KIB", `${least} with APP_MODE=production`);
  }
};

/** The first Admin is named as any other user has to be. */
const soundFirstAdmin: CrossCheck<z.output<typeof variables>> = (read, fault) => {
  const { FIRST_ADMIN_USERNAME: username, FIRST_ADMIN_PASSWORD: password } = read;
  if (username === undefined && password === undefined) return;
  for (const field of faultsOfCredentials({ username, password })) {
    if (field === "username") fault("FIRST_ADMIN_USERNAME", usernameRule);
    else fault("FIRST_ADMIN_PASSWORD", passwordRule);
  }
};

/** Reads the configuration; throws a ConfigError with all faults. */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const read = parseEnv(variables, env, soundTokenRules, soundTlsRules, soundFirstAdmin, fitForProduction);
  return {
    mode: read.APP_MODE,
    logLevel: read.LOG_LEVEL,
    host: read.HOST,
    httpPort: read.HTTP_PORT,
    opsPort: read.OPS_PORT,
    databaseUrl: read.DATABASE_URL,
    tokenIssuer: read.TOKEN_ISSUER,
    publicUrl: read.PUBLIC_URL,
    serviceClients: read.SERVICE_CLIENTS,
    demoPassword: read.DEMO_PASSWORD ?? demoPassword,
    firstAdmin:
      read.FIRST_ADMIN_USERNAME && read.FIRST_ADMIN_PASSWORD
        ? { username: read.FIRST_ADMIN_USERNAME, password: read.FIRST_ADMIN_PASSWORD }
        : undefined,
    keyEncryptionSecret: read.KEY_ENCRYPTION_SECRET,
    signingAlgorithm: read.JWT_ALG,
    sharedSecret: read.JWT_ALG === "HS256" ? read.JWT_SECRET : undefined,
    keyActivationDelaySeconds: read.KEY_ACTIVATION_DELAY_SECONDS,
    passwordCost: {
      memoryKib: read.ARGON2_MEMORY_KIB,
      passes: read.ARGON2_ITERATIONS,
      concurrency: read.ARGON2_CONCURRENCY,
      queue: read.ARGON2_QUEUE,
    },
    redisUrl: read.REDIS_URL,
    trustedProxies: read.TRUSTED_PROXIES,
    tls: tlsDoorSettings(read),
  };
}

function parseServiceClients(text: string): ServiceClient[] | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // The fault that is told names the form that is expected; a parser's message would quote the text.
    return undefined;
  }
  const parsed = clientsSchema.safeParse(json);
  if (!parsed.success || new Set(parsed.data.map((client) => client.clientId)).size < parsed.data.length) {
    return undefined;
  }
  return parsed.data.map(({ clientId, secretSha256, scopes }) => ({
    clientId,
    secretSha256: Buffer.from(secretSha256, "hex"),
    scopes: [...new Set(scopes)],
  }));
}
