import { isIP } from "node:net";
import { z } from "zod";

declare module "zod" {
  /** What the documentation says of a variable beside its `description`. */
  interface GlobalMeta {
    /** Completes the sentence "VARIABLE must be …". */
    expected?: string;
    /** What a number counts, such as "ms". */
    unit?: string;
    /** What happens where it is not set, for an optional variable. */
    unset?: string;
    /** A value to begin with, for a variable without a default. */
    example?: string;
    /** True where whoever reads the value can do harm with it. */
    isSecret?: boolean;
  }
}

/** A configuration that cannot be used. Its message lists all faults, each naming its variable; it never shows a value. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(["The configuration is not valid:", ...faults.map((fault) => `  - ${fault}`)].join("\n"));
    this.faults = faults;
  }
}

/**
 * A rule about several variables. It is given the values that are valid by themselves, and tells a fault by the variable
 * and what it must be. (A schema's own `refine` is not asked while any variable is faulty.)
 */
export type CrossCheck<Values> = (
  read: Readonly<Partial<Values>>,
  fault: (variable: keyof Values & string, mustBe: string) => void,
) => void;

/**
 * Checks the environment against a schema whose keys are variable names, then against the rules across them; throws
 * ConfigError with all faults of both, one for each variable. An empty variable counts as one that is not set.
 */
export function parseEnv<Schema extends z.ZodObject>(
  schema: Schema,
  env: NodeJS.ProcessEnv,
  ...crossChecks: CrossCheck<z.output<Schema>>[]
): z.output<Schema> {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ""));
  const read: Record<string, unknown> = {};
  const faults = new Map<string, string[]>();
  for (const [variable, field] of Object.entries(schema.shape)) {
    const result = z.safeParse(field, given[variable]);
    if (result.success) read[variable] = result.data;
    else
      faults.set(
        variable,
        result.error.issues.map((issue) => describeFault(variable, issue, variable in given)),
      );
  }
  for (const check of crossChecks) {
    check(read as Partial<z.output<Schema>>, (variable, mustBe) => {
      const message = `must be ${mustBe}`;
      if (!faults.has(variable))
        faults.set(variable, [describeFault(variable, { path: [], message }, variable in given)]);
    });
  }
  if (faults.size > 0) throw new ConfigError([...faults.values()].flat());
  return read as z.output<Schema>;
}

/** The rule of every service that has sandbox rules: customers never meet them. */
export function noSandboxInProduction(
  read: { readonly APP_MODE?: AppMode; readonly SANDBOX_RULES?: boolean },
  fault: (variable: "SANDBOX_RULES", mustBe: string) => void,
): void {
  if (read.APP_MODE === "production" && read.SANDBOX_RULES === true) fault("SANDBOX_RULES", "off in production");
}

/** The environment of this process: what `main.ts` hands to its service's `readConfig`. */
export function processEnvironment(): NodeJS.ProcessEnv {
  return process.env;
}

function describeFault(variable: string, issue: { path: PropertyKey[]; message: string }, isSet: boolean): string {
  const where = issue.path.length > 0 ? `${variable} (at ${issue.path.map(String).join(".")})` : variable;
  const expectation = issue.message.startsWith("must ") ? issue.message : `is not valid: ${issue.message}`;
  return isSet ? `${where} ${expectation}` : `${where} is not set and ${expectation}`;
}

/**
 * A variable's schema: `parse` gives undefined where the text is not what is expected.
 * `expected` completes the sentence "VARIABLE must be …".
 */
export function textField<T>(expected: string, parse: (text: string) => T | undefined): z.ZodType<T, string> {
  const message = `must be ${expected}`;
  const field = z.string({ error: message }).transform((text, ctx) => {
    const value = parse(text);
    if (value !== undefined) return value;
    ctx.addIssue({ code: "custom", message });
    return z.NEVER;
  });
  return field.meta({ expected });
}

/** A whole number within limits, both included. */
export function wholeNumber(least: number, most: number): z.ZodType<number, string> {
  return textField(`a whole number from ${least} to ${most}`, (text) => {
    const value = /^-?\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    return value >= least && value <= most ? value : undefined;
  });
}

/** A TCP port; 0 asks the system for a free one. */
export const portNumber = wholeNumber(0, 65_535);

/** A host name or an IP address. */
export const hostName = textField("a host name or an IP address", (text) =>
  /^[A-Za-z0-9._:-]{1,253}$/.test(text) ? text : undefined,
);

/** A PostgreSQL connection string. */
export const postgresUrl = textField("a URL such as postgres://user:password@host:5432/database", (text) =>
  urlWith(["postgres:", "postgresql:"], text) ? text : undefined,
);

/** An HTTP address, without the slash at its end. */
export const httpUrl = textField("a URL such as http://host:8080", (text) =>
  urlWith(["http:", "https:"], text) ? text.replace(/\/+$/, "") : undefined,
);

/** The HTTP addresses of the processes of one service: one, or several with commas between them. */
export const httpUrls = textField("one or more URLs such as http://host:8080,http://other:8080", (text) => {
  const urls = text.split(",").map((url) => url.trim());
  return urls.every((url) => urlWith(["http:", "https:"], url))
    ? urls.map((url) => url.replace(/\/+$/, "")).join(",")
    : undefined;
});

/** Where the processes of one service listen: `host:port`, or several with commas between them; what a client's `address` takes. */
export const grpcAddresses = textField("one or more addresses such as host:9081,other:9081", (text) => {
  const addresses = text.split(",").map((address) => address.trim());
  return addresses.every(isGrpcAddress) ? addresses.join(",") : undefined;
});

/** A switch: `on` or `off`. */
export const onOff = textField("on or off", (text) => (text === "on" ? true : text === "off" ? false : undefined));

/** A time in milliseconds, at most a day. */
export const durationMs = wholeNumber(0, 86_400_000);

/** A list with commas between its items; blanks around an item do not count. */
export const commaList = textField("a list such as a,b,c", (text) => {
  const items = text.split(",").map((item) => item.trim());
  return items.every((item) => item !== "") ? items : undefined;
});

/** Whose word is taken for where a request came from: IP addresses and CIDR ranges, with commas between them. */
export const addressRanges = textField("a list of IP addresses and ranges such as 10.0.0.0/8,::1", (text) => {
  const ranges = text.split(",").map((range) => range.trim());
  return ranges.every(isAddressRange) ? ranges : undefined;
});

/** How the system runs: with demo data, on a developer's machine, or for customers. */
export type AppMode = "demo" | "development" | "production";

/** The mode; development where it is not set. */
export const appMode = oneOf(["demo", "development", "production"]).default("development");

/** The least level that is logged; info where it is not set. */
export const logLevel = oneOf(["fatal", "error", "warn", "info", "debug", "trace", "silent"]).default("info");

/** The variables that every service has; spread it into the service's own schema, which gives OPS_PORT its default. */
export const serviceEnv = {
  APP_MODE: appMode.describe(
    "How the system runs: demo has demo users, demo products and sandbox rules; production refuses what is good enough only for a demo",
  ),
  LOG_LEVEL: logLevel.describe("The least level that is logged"),
  HOST: hostName.default("127.0.0.1").describe("The address to listen on"),
  OPS_PORT: portNumber.describe("The port of /health, /health/live, /health/ready and /metrics"),
};

/** The variables of a service that verifies tokens. */
export const tokenEnv = {
  IDENTITY_URL: httpUrl.meta({
    description: "Where the identity service is: keys and tokens come from there",
    example: "http://127.0.0.1:9085",
  }),
  TOKEN_ISSUER: textField("a text of 1 to 200 characters without blanks", (text) =>
    /^\S{1,200}$/.test(text) ? text : undefined,
  )
    .default("shop-identity")
    .describe("The `iss` of every token"),
  JWT_ALG: oneOf(["ES256", "RS256", "HS256"])
    .default("ES256")
    .describe(
      "What tokens are signed with, everywhere the same: a key that identity publishes (ES256, RS256), or JWT_SECRET (HS256), which is refused in production",
    ),
  JWT_SECRET: textField("a secret of at least 32 characters", (text) => (text.length >= 32 ? text : undefined))
    .optional()
    .meta({
      description: "With JWT_ALG=HS256: signs and verifies every token, so whoever verifies can also sign",
      unset: "required with JWT_ALG=HS256",
      isSecret: true,
    }),
};

/** The values of {@link tokenEnv}. */
export interface TokenValues {
  readonly APP_MODE: AppMode;
  readonly IDENTITY_URL: string;
  readonly TOKEN_ISSUER: string;
  readonly JWT_ALG: "ES256" | "RS256" | "HS256";
  readonly JWT_SECRET?: string | undefined;
}

/** The rule of every service that makes or verifies tokens: a secret that all share is for development, and is one. */
export function soundTokenRules(
  { APP_MODE, JWT_ALG, JWT_SECRET }: Readonly<Partial<TokenValues>>,
  fault: (variable: "JWT_ALG" | "JWT_SECRET", mustBe: string) => void,
): void {
  if (JWT_ALG !== "HS256") return;
  if (APP_MODE === "production") fault("JWT_ALG", "ES256 or RS256 in production");
  if (JWT_SECRET === undefined) fault("JWT_SECRET", "a secret of at least 32 characters with JWT_ALG=HS256");
}

/** Whose tokens are accepted, as `createTokenVerifier` takes it. */
export interface TokenSettings {
  /** Where the identity service is. */
  readonly url: string;
  readonly issuer: string;
  /** Only with HS256. */
  readonly jwtSecret?: string;
}

/** What the variables of {@link tokenEnv} say. */
export function tokenSettings(read: Omit<TokenValues, "APP_MODE">): TokenSettings {
  const secret = read.JWT_ALG === "HS256" ? { jwtSecret: read.JWT_SECRET } : {};
  return { url: read.IDENTITY_URL, issuer: read.TOKEN_ISSUER, ...secret };
}

/** The secret of a service that calls others in its own name. */
export const clientSecret = z
  .string({ error: "must be the secret that the identity service knows this service by" })
  .meta({
    description: "The secret whose SHA-256 stands in the identity service's SERVICE_CLIENTS",
    expected: "the secret that the identity service knows this service by",
    isSecret: true,
  });

/** The port of a service's gRPC door. */
export const grpcPort = portNumber.describe("The port of the gRPC door");

/** The port of a service's HTTP door. */
export const httpPort = portNumber.describe("The port of the HTTP door");

/** The proxies in front of a service's HTTP door. */
export const trustedProxies = addressRanges
  .default([])
  .describe("Addresses or networks of proxies whose x-forwarded-for is believed");

/** The connection string of a service's own database. */
export const databaseUrl = postgresUrl.meta({
  description: "The service's own database, with a user of its own",
  example: "postgres://user:change-me@127.0.0.1:5432/database",
  isSecret: true,
});

/** The Redis that limits are counted in, shared by all processes that name it. */
export const redisUrl = textField("a URL such as redis://user:password@host:6379/0", (text) =>
  urlWith(["redis:", "rediss:"], text) ? text : undefined,
)
  .optional()
  .meta({
    description:
      "The Redis in which limits are counted, for all processes together; while it is away each counts for itself",
    unset: "each process counts for itself",
    isSecret: true,
  });

/** Whether the sandbox's rules hold; see {@link noSandboxInProduction}. */
export const sandboxRules = onOff.optional().meta({
  description:
    "The last digit of an order's id decides its fate, and there are more payment methods; refused in production",
  unset: "on in demo, else off",
});

function oneOf<const T extends string>(choices: readonly T[]): z.ZodType<T, string> {
  return textField(`one of ${choices.join(", ")}`, (text) => choices.find((choice) => choice === text));
}

function isGrpcAddress(text: string): boolean {
  const port = /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:]+\]):(\d{1,5})$/.exec(text)?.[1];
  return port !== undefined && Number(port) <= 65_535;
}

function isAddressRange(text: string): boolean {
  const [, address = "", length] = /^([0-9A-Fa-f.:]+)(?:\/([1-9]\d{0,2}))?$/.exec(text) ?? [];
  const version = isIP(address);
  return version !== 0 && Number(length ?? 1) <= (version === 4 ? 32 : 128);
}

function urlWith(protocols: readonly string[], text: string): boolean {
  const url = URL.parse(text);
  return url !== null && protocols.includes(url.protocol) && url.hostname !== "";
}
