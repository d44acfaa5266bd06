import { z } from "zod";
import {
  addressRanges,
  ConfigError,
  type CrossCheck,
  commaList,
  durationMs,
  grpcAddresses,
  hostName,
  httpUrl,
  noSandboxInProduction,
  onOff,
  parseEnv,
  portNumber,
  postgresUrl,
  serviceEnv,
  soundTokenRules,
  tokenEnv,
  tokenSettings,
} from "./config.ts";

const schema = z.object({ ...serviceEnv, DATABASE_URL: postgresUrl, GRPC_PORT: portNumber });

test("gives typed values and the defaults", () => {
  const env = { OPS_PORT: "0", DATABASE_URL: "postgres://u:p@h:5432/d", GRPC_PORT: "9081", HOST: "", OTHER: "x" };
  expect(parseEnv(schema, env)).toEqual({
    APP_MODE: "development",
    LOG_LEVEL: "info",
    HOST: "127.0.0.1",
    OPS_PORT: 0,
    DATABASE_URL: "postgres://u:p@h:5432/d",
    GRPC_PORT: 9081,
  });
});

test("tells all faults at once, each with its variable, and shows no value", () => {
  const env = { APP_MODE: "prod", DATABASE_URL: "mysql://user:hunter2@h/d", GRPC_PORT: "99999", OPS_PORT: "" };
  const err = faultsOf(() => parseEnv(schema, env));
  expect(err.faults).toEqual([
    "APP_MODE must be one of demo, development, production",
    "OPS_PORT is not set and must be a whole number from 0 to 65535",
    "DATABASE_URL must be a URL such as postgres://user:password@host:5432/database",
    "GRPC_PORT must be a whole number from 0 to 65535",
  ]);
  expect(err.message.split("\n")).toHaveLength(5);
  expect(err.message).not.toContain("hunter2");
});

test("names the place inside a variable that holds JSON", () => {
  const clients = z.preprocess((text) => JSON.parse(String(text)), z.array(z.object({ clientId: z.string() })));
  const err = faultsOf(() => parseEnv(z.object({ SERVICE_CLIENTS: clients }), { SERVICE_CLIENTS: '[{"clientId":7}]' }));
  expect(err.faults[0]).toMatch(/^SERVICE_CLIENTS \(at 0\.clientId\) is not valid: /);
});

describe("a rule across variables", () => {
  const limits = z.object({ LEAST: portNumber.default(5), MOST: portNumber, OTHER: onOff });
  const inOrder: CrossCheck<z.output<typeof limits>> = ({ LEAST = 0, MOST = Number.POSITIVE_INFINITY }, fault) => {
    if (LEAST > MOST) fault("LEAST", "at most MOST");
  };

  it("passes what goes together", () => {
    expect(parseEnv(limits, { MOST: "5", OTHER: "on" }, inOrder)).toEqual({ LEAST: 5, MOST: 5, OTHER: true });
  });

  it.each([
    [
      "beside the faults of other variables",
      { LEAST: "9", MOST: "8" },
      ["OTHER is not set and must be on or off", "LEAST must be at most MOST"],
    ],
    ["of a default too", { MOST: "4", OTHER: "on" }, ["LEAST is not set and must be at most MOST"]],
    [
      "not where one of them is faulty by itself",
      { LEAST: "9", MOST: "x", OTHER: "on" },
      ["MOST must be a whole number from 0 to 65535"],
    ],
  ])("tells its fault %s", (_, env, faults) => {
    expect(faultsOf(() => parseEnv(limits, env, inOrder)).faults).toEqual(faults);
  });

  it("adds no second fault to a variable", () => {
    const always: CrossCheck<z.output<typeof limits>> = (_, fault) => fault("MOST", "anything else");
    expect(faultsOf(() => parseEnv(limits, { MOST: "x", OTHER: "on" }, always, always)).faults).toHaveLength(1);
    expect(faultsOf(() => parseEnv(limits, { MOST: "9", OTHER: "on" }, always, always)).faults).toEqual([
      "MOST must be anything else",
    ]);
  });

  it("keeps the sandbox out of production", () => {
    const sandbox = z.object({ APP_MODE: serviceEnv.APP_MODE, SANDBOX_RULES: onOff.optional() });
    const read = (env: NodeJS.ProcessEnv) => parseEnv(sandbox, env, noSandboxInProduction);
    expect(read({ APP_MODE: "production" })).toEqual({ APP_MODE: "production" });
    expect(read({ SANDBOX_RULES: "on" })).toEqual({ APP_MODE: "development", SANDBOX_RULES: true });
    expect(faultsOf(() => read({ APP_MODE: "production", SANDBOX_RULES: "on" })).faults).toEqual([
      "SANDBOX_RULES must be off in production",
    ]);
  });
});

const fields = [
  {
    name: "portNumber",
    field: portNumber,
    good: { "0": 0, "65535": 65_535 },
    bad: ["65536", "-1", "1.5", "0x10", " 1"],
  },
  { name: "hostName", field: hostName, good: { "::1": "::1", "a-b.c": "a-b.c" }, bad: ["a b", "http://a", "a/b"] },
  {
    name: "postgresUrl",
    field: postgresUrl,
    good: { "postgresql://h/d": "postgresql://h/d" },
    bad: ["h/d", "http://h", "postgres://"],
  },
  { name: "httpUrl", field: httpUrl, good: { "http://h:1/": "http://h:1" }, bad: ["h:1", "ftp://h", "http://"] },
  {
    name: "grpcAddresses",
    field: grpcAddresses,
    good: { "h:1": "h:1", "[::1]:9081": "[::1]:9081", "h:1, [::1]:9081": "h:1,[::1]:9081" },
    bad: ["h", "h:", "h:99999", "http://h:1", ":1", "h:1,", "h:1,h", ",", "h:1;h:2", "h:1,h:99999"],
  },
  { name: "onOff", field: onOff, good: { on: true, off: false }, bad: ["true", "1", "ON"] },
  { name: "durationMs", field: durationMs, good: { "500": 500 }, bad: ["5s", "-1", "86400001"] },
  {
    name: "addressRanges",
    field: addressRanges,
    good: { "10.0.0.0/8, ::1": ["10.0.0.0/8", "::1"], "fd00::/128": ["fd00::/128"] },
    bad: ["gateway.local", "10.0.0.0/33", "10.0.0.0/0", "::1/129", "10.0.0", "10.0.0.1,", "fe80::1%eth0"],
  },
  { name: "commaList", field: commaList, good: { "US, CA": ["US", "CA"] }, bad: ["US,,CA", ","] },
];

test.each(fields)("$name takes what it should and nothing else", ({ field, good, bad }) => {
  for (const [text, value] of Object.entries(good)) expect(field.parse(text)).toEqual(value);
  for (const text of bad) expect({ text, success: field.safeParse(text).success }).toEqual({ text, success: false });
});

function faultsOf(fn: () => unknown): ConfigError {
  try {
    fn();
  } catch (err) {
    if (err instanceof ConfigError) return err;
    throw err;
  }
  throw new Error("It was accepted.");
}

describe("the variables of tokens", () => {
  const rules = z.object({ APP_MODE: serviceEnv.APP_MODE, ...tokenEnv });
  const secret = "s".repeat(32);
  const read = (env: NodeJS.ProcessEnv) => {
    return tokenSettings(parseEnv(rules, { IDENTITY_URL: "http://identity:9085", ...env }, soundTokenRules));
  };

  it("ask for published keys where nothing else is said", () => {
    expect(read({})).toEqual({ url: "http://identity:9085", issuer: "shop-identity" });
    expect(read({ APP_MODE: "production", JWT_ALG: "RS256" })).not.toHaveProperty("jwtSecret");
  });

  it("take a shared secret only with HS256", () => {
    expect(read({ JWT_ALG: "HS256", JWT_SECRET: secret })).toMatchObject({ jwtSecret: secret });
    expect(read({ JWT_SECRET: secret })).not.toHaveProperty("jwtSecret");
  });

  it.each([
    [
      "HS256 in production",
      { APP_MODE: "production", JWT_ALG: "HS256", JWT_SECRET: secret },
      "JWT_ALG must be ES256 or RS256 in production",
    ],
    [
      "HS256 without a secret",
      { JWT_ALG: "HS256" },
      "JWT_SECRET is not set and must be a secret of at least 32 characters with JWT_ALG=HS256",
    ],
    [
      "a short secret",
      { JWT_ALG: "HS256", JWT_SECRET: "s".repeat(31) },
      "JWT_SECRET must be a secret of at least 32 characters",
    ],
    ["no algorithm at all", { JWT_ALG: "none" }, "JWT_ALG must be one of ES256, RS256, HS256"],
    ["another algorithm", { JWT_ALG: "es256" }, "JWT_ALG must be one of ES256, RS256, HS256"],
  ])("refuse %s by the variable's name", (_, env, fault) => {
    expect(faultsOf(() => read(env)).faults).toEqual([fault]);
  });
});
