import { ConfigError } from "@shop/platform/config";
import { readConfig } from "./config.ts";

const needed = {
  DATABASE_URL: "postgres://shop@127.0.0.1:54320/inventory",
  IDENTITY_URL: "http://127.0.0.1:9085",
};

test("reads what is needed and fills in the rest", () => {
  expect(readConfig(needed)).toEqual({
    mode: "development",
    logLevel: "info",
    host: "127.0.0.1",
    grpcPort: 9081,
    opsPort: 9181,
    databaseUrl: needed.DATABASE_URL,
    identity: { url: "http://127.0.0.1:9085", issuer: "shop-identity" },
    hasSandboxRules: false,
    reservationTtlMs: 900_000,
    sweepIntervalMs: 5000,
  });
});

test.each([
  { mode: "demo", rules: undefined, expected: true },
  { mode: "demo", rules: "off", expected: false },
  { mode: "production", rules: undefined, expected: false },
  { mode: "development", rules: "on", expected: true },
])("the sandbox's rules in $mode, set to $rules: $expected", ({ mode, rules, expected }) => {
  expect(readConfig({ ...needed, APP_MODE: mode, SANDBOX_RULES: rules }).hasSandboxRules).toBe(expected);
});

test("names every fault at once", () => {
  const faults = faultsOf({ GRPC_PORT: "99999", SANDBOX_RULES: "yes" });
  for (const variable of ["GRPC_PORT", "DATABASE_URL", "IDENTITY_URL", "SANDBOX_RULES"]) {
    expect(faults.join("\n")).toContain(variable);
  }
});

test("keeps the sandbox out of production, and tells it beside other faults", () => {
  const faults = faultsOf({ ...needed, APP_MODE: "production", SANDBOX_RULES: "on", OPS_PORT: "x" });
  expect(faults).toEqual([expect.stringMatching(/^OPS_PORT /), "SANDBOX_RULES must be off in production"]);
});

test("tells that reservations lapse early beside other faults", () => {
  const faults = faultsOf({ ...needed, RESERVATION_TTL_SECONDS: "300", GRPC_PORT: "x" });
  expect(faults).toEqual([
    expect.stringMatching(/^GRPC_PORT /),
    "RESERVATION_TTL_SECONDS must be more than SAGA_TIMEOUT_SECONDS",
  ]);
});

test("refuses reservations that lapse before the saga may give up", () => {
  expect(faultsOf({ ...needed, RESERVATION_TTL_SECONDS: "300" })).toEqual([
    "RESERVATION_TTL_SECONDS must be more than SAGA_TIMEOUT_SECONDS",
  ]);
});

function faultsOf(env: NodeJS.ProcessEnv): readonly string[] {
  try {
    readConfig(env);
  } catch (err) {
    if (err instanceof ConfigError) return err.faults;
    throw err;
  }
  return [];
}
