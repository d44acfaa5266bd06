import config from "./jest.config.js";

/** @type {import("jest").Config} */
export default {
  ...config,
  testMatch: ["**/*.security.test.ts"],
  testPathIgnorePatterns: ["/node_modules/"],
  testTimeout: 600_000,
};
