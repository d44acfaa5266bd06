import { z } from "zod";

/** A configuration that cannot be used. Its message lists all faults, each naming its variable; it never shows a value. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(["The configuration is not valid:", ...faults.map((fault) => `  - ${fault}`)].join("\n"));
    this.faults = faults;
  }
}

/** Checks the environment against a schema whose keys are variable names. An empty variable counts as one that is not set. */
export function parseEnv<Schema extends z.ZodType>(schema: Schema, env: NodeJS.ProcessEnv): z.output<Schema> {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ""));
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  throw new ConfigError(result.error.issues.map((issue) => describeFault(issue, given)));
}

/** The environment of this process: what `main.ts` hands to its service's `readConfig`. */
export function processEnvironment(): NodeJS.ProcessEnv {
  return process.env;
}

function describeFault(issue: z.core.$ZodIssue, given: Record<string, unknown>): string {
  const [variable, ...inside] = issue.path.map(String);
  if (variable === undefined) return issue.message;
  const where = inside.length > 0 ? `${variable} (at ${inside.join(".")})` : variable;
  const expectation = issue.message.startsWith("must ") ? issue.message : `is not valid: ${issue.message}`;
  return variable in given ? `${where} ${expectation}` : `${where} is not set and ${expectation}`;
}

/**
 * A variable's schema: `parse` gives undefined where the text is not what is expected.
 * `expected` completes the sentence "VARIABLE must be …".
 */
export function textField<T>(expected: string, parse: (text: string) => T | undefined): z.ZodType<T, string> {
  const message = `must be ${expected}`;
  return z.string({ error: message }).transform((text, ctx) => {
    const value = parse(text);
    if (value !== undefined) return value;
    ctx.addIssue({ code: "custom", message });
    return z.NEVER;
  });
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

/** Where a gRPC server listens, as `host:port`. */
export const grpcAddress = textField("an address such as host:9081", (text) => {
  const port = /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:]+\]):(\d{1,5})$/.exec(text)?.[1];
  return port !== undefined && Number(port) <= 65_535 ? text : undefined;
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

/** How the system runs: with demo data, on a developer's machine, or for customers. */
export type AppMode = "demo" | "development" | "production";

/** The mode; development where it is not set. */
export const appMode = oneOf(["demo", "development", "production"]).default("development");

/** The least level that is logged; info where it is not set. */
export const logLevel = oneOf(["fatal", "error", "warn", "info", "debug", "trace", "silent"]).default("info");

/** The variables that every service has; spread it into the service's own schema. OPS_PORT is for metrics and health. */
export const serviceEnv = {
  APP_MODE: appMode,
  LOG_LEVEL: logLevel,
  HOST: hostName.default("127.0.0.1"),
  OPS_PORT: portNumber,
};

function oneOf<const T extends string>(choices: readonly T[]): z.ZodType<T, string> {
  return textField(`one of ${choices.join(", ")}`, (text) => choices.find((choice) => choice === text));
}

function urlWith(protocols: readonly string[], text: string): boolean {
  const url = URL.parse(text);
  return url !== null && protocols.includes(url.protocol) && url.hostname !== "";
}
