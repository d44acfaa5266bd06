import { ConfigError } from "@shop/platform/config";
import { readConfig } from "./config.ts";

const needed = {
  GRPC_PORT: "0",
  OPS_PORT: "0",
  DATABASE_URL: "postgres://shop@127.0.0.1:5432/orders",
  IDENTITY_URL: "http://127.0.0.1:9085",
  CLIENT_SECRET: "hunter2",
  INVENTORY_ADDRESS: "127.0.0.1:9081",
  PAYMENTS_ADDRESS: "127.0.0.1:9082",
  SHIPPING_ADDRESS: "127.0.0.1:9083",
  NOTIFICATIONS_ADDRESS: "127.0.0.1:9084",
};

test("reads what is needed and fills in the rest", () => {
  expect(readConfig(needed)).toEqual({
    mode: "development",
    logLevel: "info",
    host: "127.0.0.1",
    grpcPort: 0,
    opsPort: 0,
    databaseUrl: needed.DATABASE_URL,
    identity: {
      url: "http://127.0.0.1:9085",
      issuer: "shop-identity",
      clientId: "order-service",
      clientSecret: "hunter2",
    },
    addresses: { inventory: "127.0.0.1:9081", payments: "127.0.0.1:9082", shipping: "127.0.0.1:9083" },
    saga: {
      timeoutMs: 300_000,
      retries: 3,
      retryDelayMs: 500,
      giveUpAfterMs: 30_000,
      maxInFlight: 512,
      ownerLostAfterMs: 5_000,
    },
    notificationsAddress: "127.0.0.1:9084",
    outbox: { callsAtOnce: 32, maxFaults: 10, retryDelayMs: 1000, keepSentMs: 7 * 86_400_000 },
    answerWithinMs: 10_000,
    maxWatchers: 1000,
    sandboxRules: false,
  });
});

test("has the sandbox's rules in the demo, unless they are turned off", () => {
  expect(readConfig({ ...needed, APP_MODE: "demo" }).sandboxRules).toBe(true);
  expect(readConfig({ ...needed, APP_MODE: "demo", SANDBOX_RULES: "off" }).sandboxRules).toBe(false);
});

test("names every fault at once, with that of the sandbox in production, and shows no value", () => {
  const env = { ...needed, APP_MODE: "production", SANDBOX_RULES: "on", PAYMENTS_ADDRESS: "x", CLIENT_SECRET: "" };
  const err = faultsOf(env);
  expect(err?.faults).toEqual([
    expect.stringMatching(/^CLIENT_SECRET is not set and must be the secret/),
    expect.stringMatching(/^PAYMENTS_ADDRESS must be one or more addresses/),
    "SANDBOX_RULES must be off in production",
  ]);
  expect(err?.message).not.toContain("shop@");
});

function faultsOf(env: NodeJS.ProcessEnv): ConfigError | undefined {
  try {
    readConfig(env);
  } catch (err) {
    if (err instanceof ConfigError) return err;
    throw err;
  }
  return undefined;
}
