import { isTombstoneFor, originOf } from "./origin.ts";

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

test.each([
  ["a stranger's is one to the shop", undefined, "load-test", true],
  ["the shop's own is none to the shop", undefined, undefined, false],
  ["the shop's is none to a stranger", "load-test", undefined, false],
  ["a stranger's own is none to the stranger", "load-test", "load-test", false],
  ["a stranger's is none to another", "another", "load-test", false],
])("of payments as tombstones, %s", (_, asking, origin, isTombstone) => {
  expect(isTombstoneFor(asking, { origin })).toBe(isTombstone);
});
