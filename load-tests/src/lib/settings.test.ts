import { readSettings } from "./settings.ts";

test("goes to the documented ports of this machine where it is told nothing", () => {
  expect(readSettings({})).toMatchObject({
    baseUrl: "http://127.0.0.1:8000",
    grpcTarget: "127.0.0.1:9080",
    paymentsTarget: "127.0.0.1:9082",
    inventoryTarget: "127.0.0.1:9081",
    scale: 1,
    door: "both",
    replenishes: true,
  });
});

test("takes what it is told, and the end of a URL without its stroke", () => {
  const settings = readSettings({ BASE_URL: "http://localhost:1/", SCALE: "0.05", DOOR: "grpc", STOCK: "as-is" });
  expect(settings).toMatchObject({ baseUrl: "http://localhost:1", scale: 0.05, door: "grpc", replenishes: false });
});

test.each(["BASE_URL", "GRPC_TARGET", "PAYMENTS_TARGET", "INVENTORY_TARGET"])(
  "refuses another machine as %s, unless that is allowed by name",
  (name) => {
    expect(() => readSettings({ [name]: "shop.example.org:80" })).toThrow("ALLOW_REMOTE=1");
    expect(() => readSettings({ [name]: "shop.example.org:80", ALLOW_REMOTE: "yes" })).toThrow("ALLOW_REMOTE=1");
    expect(() => readSettings({ [name]: "shop.example.org:80", ALLOW_REMOTE: "1" })).not.toThrow();
  },
);

test("names every fault at once", () => {
  const read = () => readSettings({ SCALE: "2", DOOR: "window", BASE_URL: "http://example.org" });
  expect(read).toThrow(/SCALE.*DOOR.*example\.org/);
});

test.each(["0", "-1", "1.01", "much", "NaN"])("refuses the scale %s", (scale) => {
  expect(() => readSettings({ SCALE: scale })).toThrow("SCALE");
});
