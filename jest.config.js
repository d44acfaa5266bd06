const roots = [
  "saga",
  "platform",
  "testkit",
  "order-service",
  "inventory-service",
  "payment-service",
  "shipping-service",
  "notification-service",
  "identity-service",
  "gateway",
  "tools",
  "contracts",
  "load-tests",
];

/** Packages that ship as ES modules only and are therefore compiled for jest's CommonJS runtime. */
const esModulesOnly = [
  "cockatiel",
  "jose",
  "uuid",
  "node-pg-migrate",
  "close-with-grace",
  "commander",
  "content-disposition",
  "glob",
  "listr2",
];

/** @type {import("jest").Config} */
export default {
  roots: roots.map((folder) => `<rootDir>/${folder}`),
  testEnvironment: "node",
  testMatch: ["**/*.test.ts"],
  testPathIgnorePatterns: ["/node_modules/", "\\.(slow|security|contract)\\.test\\.ts$"],
  transform: {
    "^.+\\.[mc]?[jt]s$": [
      "@swc/jest",
      { jsc: { parser: { syntax: "typescript" }, target: "es2024" }, module: { type: "commonjs" } },
    ],
  },
  transformIgnorePatterns: [`/node_modules/(?!(${esModulesOnly.join("|")})/)`],
  globalSetup: "<rootDir>/testkit/src/jest-global-setup.ts",
  globalTeardown: "<rootDir>/testkit/src/jest-global-teardown.ts",
  reporters: ["default", "<rootDir>/testkit/src/summary-reporter.cjs"],
  testTimeout: 20_000,
  // Many tests wait more than they work: a core that is left free for jest itself is a core unused.
  maxWorkers: "100%",
};
