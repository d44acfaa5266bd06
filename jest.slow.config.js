import config from "./jest.config.js";

/** @type {import("jest").Config} */
export default {
  ...config,
  testMatch: ["**/*.slow.test.ts"],
  testPathIgnorePatterns: ["/node_modules/"],
  testTimeout: 300_000,
};
