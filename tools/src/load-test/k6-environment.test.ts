import { credentialsOf, type K6Run, k6Environment, scriptVariables } from "./k6-environment.ts";

const run: K6Run = {
  targets: {
    rest: "http://127.0.0.1:8000",
    orders: "127.0.0.1:9080",
    payments: "127.0.0.1:9082",
    inventory: "127.0.0.1:9081",
  },
  scale: 0.2,
  door: "grpc",
  resultsDir: "/results",
  credentials: credentialsOf({}, "own-secret"),
  allowRemote: false,
};

test("tells the scripts all that they read", () => {
  expect(scriptVariables(run)).toEqual({
    BASE_URL: "http://127.0.0.1:8000",
    GRPC_TARGET: "127.0.0.1:9080",
    PAYMENTS_TARGET: "127.0.0.1:9082",
    INVENTORY_TARGET: "127.0.0.1:9081",
    SCALE: "0.2",
    DOOR: "grpc",
    RESULTS_DIR: "/results",
    USERNAME: "alice",
    PASSWORD: "demo-password",
    ADMIN_USERNAME: "admin",
    ADMIN_PASSWORD: "demo-password",
    CLIENT_ID: "load-test",
    CLIENT_SECRET: "own-secret",
    MACHINE: expect.stringMatching(/^\d+ cores \(.+\), \d+ GiB$/),
  });
});

test("says only where it is so that other machines may be put under load, and gives no secret where there is none", () => {
  const variables = scriptVariables({ ...run, credentials: credentialsOf({}, undefined), allowRemote: true });
  expect(variables).toMatchObject({ ALLOW_REMOTE: "1" });
  expect(variables).not.toHaveProperty("CLIENT_SECRET");
});

test("passes on k6's own settings and nothing else of the operator's", () => {
  const operator = { PATH: "/bin", K6_OUT: "json=x", NO_COLOR: "", AWS_SECRET: "canary", BASE_URL: "http://canary" };
  const env = k6Environment(run, operator);
  expect(env).toMatchObject({ PATH: "/bin", K6_OUT: "json=x", K6_NO_USAGE_REPORT: "true" });
  expect(JSON.stringify(env)).not.toContain("canary");
  expect(env).not.toHaveProperty("NO_COLOR");
});

describe("the credentials", () => {
  test("are those of the environment", () => {
    const env = {
      ...{ USERNAME: "carol", PASSWORD: "p", ADMIN_USERNAME: "root", ADMIN_PASSWORD: "q" },
      ...{ CLIENT_ID: "load-test-2", CLIENT_SECRET: "s" },
    };
    expect(credentialsOf(env, "own-secret")).toEqual({
      ...{ username: "carol", password: "p", adminUsername: "root", adminPassword: "q" },
      ...{ clientId: "load-test-2", clientSecret: "s" },
    });
  });

  test("are the demo's, whoever is logged in at the desktop", () => {
    const credentials = credentialsOf({ USERNAME: "desktop-user", CLIENT_ID: "order-service" }, "own-secret");
    expect(credentials).toMatchObject({ username: "alice", clientId: "load-test", clientSecret: "own-secret" });
  });

  test("follow the demo's own password", () => {
    const password = "another-password";
    expect(credentialsOf({ DEMO_PASSWORD: password }, undefined)).toMatchObject({ password, adminPassword: password });
  });
});
