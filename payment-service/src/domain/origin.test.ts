import { originOf } from "./origin.ts";

test("a payment of the load test's client comes from there", () => {
  expect(originOf("load-test")).toBe("load-test");
});

// Its client may be renamed, or replaced by another with another secret, while orders are open.
test.each(["order-service", "order-service-2", "checkout", ""])(
  "a payment of the client %p comes from the shop",
  (clientId) => {
    expect(originOf(clientId)).toBeUndefined();
  },
);
