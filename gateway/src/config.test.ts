import { ConfigError } from "@shop/platform/config";
import { readConfig } from "./config.ts";

const required = {
  HTTP_PORT: "8000",
  OPS_PORT: "9186",
  IDENTITY_URL: "http://identity:9085/",
  ORDERS_ADDRESS: "orders:9080",
  INVENTORY_ADDRESS: "inventory:9081",
};

describe("readConfig", () => {
  it("needs five variables and has a default for every other", () => {
    expect(readConfig(required)).toEqual({
      mode: "development",
      logLevel: "info",
      host: "127.0.0.1",
      httpPort: 8000,
      opsPort: 9186,
      identityUrl: "http://identity:9085",
      tokens: { url: "http://identity:9085", issuer: "shop-identity" },
      ordersAddress: "orders:9080",
      inventoryAddress: "inventory:9081",
      readinessUrls: {
        identity: ["http://127.0.0.1:9185/health/ready"],
        orders: ["http://127.0.0.1:9180/health/ready"],
        inventory: ["http://127.0.0.1:9181/health/ready"],
        payments: ["http://127.0.0.1:9182/health/ready"],
        shipping: ["http://127.0.0.1:9183/health/ready"],
        notifications: ["http://127.0.0.1:9184/health/ready"],
      },
      redisUrl: undefined,
      door: {
        corsOrigins: [],
        trustedProxies: [],
        ordersPerSecond: 100,
        requestsPerSecond: 1000,
        requestTimeoutMs: 10_000,
        maxConnections: 5_000,
        maxLoopDelayMs: 500,
        eventStreams: { places: 1_000, placesPerUser: 100 },
      },
    });
  });

  it("tells all faults at once", () => {
    const faulty = {
      ...required,
      HTTP_PORT: "x",
      ORDERS_ADDRESS: "orders",
      ORDERS_PER_SECOND: "0",
      CORS_ORIGINS: "a,,b",
    };

    expect.assertions(5);
    try {
      readConfig(faulty);
    } catch (err) {
      expect(err).toBeInstanceOf(ConfigError);
      for (const variable of ["HTTP_PORT", "ORDERS_ADDRESS", "ORDERS_PER_SECOND", "CORS_ORIGINS"]) {
        expect(String(err)).toContain(variable);
      }
    }
  });
});
