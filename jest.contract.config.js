import config from "./jest.config.js";

/** @type {import("jest").Config} */
export default {
  ...config,
  testMatch: ["**/*.contract.test.ts"],
  testPathIgnorePatterns: ["/node_modules/"],
  testTimeout: 60_000,
};
