import { readConfig } from "./config.ts";

const least = {
  DATABASE_URL: "postgres://shop:secret@127.0.0.1:5432/payments",
  IDENTITY_URL: "http://127.0.0.1:9085",
};

test("needs only a database and the identity service", () => {
  expect(readConfig(least)).toEqual({
    mode: "development",
    logLevel: "info",
    host: "127.0.0.1",
    grpcPort: 9082,
    opsPort: 9182,
    store: { kind: "postgres", url: least.DATABASE_URL },
    identity: { url: "http://127.0.0.1:9085", issuer: "shop-identity" },
    sandboxRules: undefined,
  });
});

test.each([
  "mongodb://127.0.0.1",
  "mongodb://shop:p%40ss@one:27017,two:27017/payments?replicaSet=rs0&tls=true",
  "mongodb://[::1]:27017/",
  "mongodb+srv://shop:secret@cluster.example.com/payments",
])("keeps the payments in MongoDB where MONGO_URI is set: %s", (uri) => {
  expect(readConfig({ ...least, MONGO_URI: uri }).store).toEqual({ kind: "mongo", uri });
  expect(readConfig({ IDENTITY_URL: least.IDENTITY_URL, MONGO_URI: uri }).store).toEqual({ kind: "mongo", uri });
});

test.each(["mongo://secret@host", "mongodb://", "mongodb://secret pass@host", "postgres://secret@host/payments"])(
  "takes no MONGO_URI that is none, and does not show it: %s",
  (uri) => {
    const read = () => readConfig({ ...least, MONGO_URI: uri });

    expect(read).toThrow("MONGO_URI must be a connection string such as mongodb://user:password@host:27017/payments");
    expect(read).not.toThrow(/secret/);
  },
);

test("needs a place for the payments", () => {
  expect(() => readConfig({ IDENTITY_URL: least.IDENTITY_URL })).toThrow(
    /DATABASE_URL is not set and must be a URL such as postgres.*, unless MONGO_URI is set/,
  );
});

test.each([
  ["are off", {}, undefined],
  ["are off in production", { APP_MODE: "production" }, undefined],
  ["are on in the demo, with a limit of 1000.00", { APP_MODE: "demo" }, { limitMinorUnits: 100_000 }],
  ["can be turned off in the demo", { APP_MODE: "demo", SANDBOX_RULES: "off" }, undefined],
  ["can be turned on", { SANDBOX_RULES: "on" }, { limitMinorUnits: 100_000 }],
  ["take another limit", { SANDBOX_RULES: "on", PAYMENT_LIMIT: "49.5" }, { limitMinorUnits: 4950 }],
])("the sandbox's rules %s", (_, env, rules) => {
  expect(readConfig({ ...least, ...env }).sandboxRules).toEqual(rules);
});

test("keeps the sandbox's rules out of production, and says so beside all else that is wrong", () => {
  const read = () => readConfig({ ...least, APP_MODE: "production", SANDBOX_RULES: "on", GRPC_PORT: "x" });

  expect(read).toThrow(/GRPC_PORT must be .*SANDBOX_RULES must be off in production/s);
});

test("reports all that is wrong together, and shows no value", () => {
  const read = () => readConfig({ DATABASE_URL: "mysql://shop:secret@db", PAYMENT_LIMIT: "0", SANDBOX_RULES: "yes" });

  expect(read).toThrow(/DATABASE_URL must be .*IDENTITY_URL is not set.*SANDBOX_RULES must be.*PAYMENT_LIMIT must be/s);
  expect(read).not.toThrow(/secret/);
});
