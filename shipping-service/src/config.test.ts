import { ConfigError } from "@shop/platform/config";
import { readConfig } from "./config.ts";
import { defaultCountries } from "./domain/served-countries.ts";

const env = {
  GRPC_PORT: "9083",
  OPS_PORT: "9183",
  DATABASE_URL: "postgres://shop:secret@127.0.0.1:5432/shipping",
  IDENTITY_URL: "http://127.0.0.1:9085/",
};

describe("readConfig", () => {
  it("serves the usual countries unless told otherwise", () => {
    expect([...readConfig(env).countries]).toEqual(defaultCountries);
    expect([...readConfig({ ...env, SHIPPING_COUNTRIES: "" }).countries]).toEqual(defaultCountries);
    expect([...readConfig({ ...env, SHIPPING_COUNTRIES: "US, BR" }).countries]).toEqual(["US", "BR"]);
  });

  it("finds the keys at the identity service", () => {
    expect(readConfig(env).identity).toEqual({
      url: "http://127.0.0.1:9085",
      issuer: "shop-identity",
    });
  });

  it("tells all faults together and no value", () => {
    const read = () => readConfig({ GRPC_PORT: "x", SHIPPING_COUNTRIES: "USA", DATABASE_URL: "mysql://secret" });
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(/GRPC_PORT.*DATABASE_URL.*SHIPPING_COUNTRIES/s);
    expect(read).not.toThrow(/secret/);
  });
});
