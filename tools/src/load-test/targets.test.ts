import { parseAddress, parseUrl, remoteTargets, type Targets, targetsBeside } from "./targets.ts";

const ports = { orders: 9080, payments: 9082, inventory: 9081 };
const local: Targets = {
  rest: "http://127.0.0.1:8000",
  orders: "localhost:9080",
  payments: "[::1]:9082",
  inventory: "127.8.8.8:9081",
};

test.each([
  ["http://127.0.0.1:8000", "http://127.0.0.1:8000"],
  ["https://shop.example/", "https://shop.example"],
  ["HTTP://LOCALHOST:8000", "http://localhost:8000"],
  ["127.0.0.1:8000", undefined],
  ["ftp://127.0.0.1", undefined],
  ["http://127.0.0.1:8000/api", undefined],
  ["http://127.0.0.1@example.com", undefined],
  ["http://", undefined],
  ["", undefined],
])("reads the URL %j as %j", (text, expected) => {
  expect(parseUrl(text)).toBe(expected);
});

test.each([
  ["127.0.0.1:9080", true],
  ["order-service:9080", true],
  ["[::1]:9080", true],
  ["127.0.0.1", false],
  ["127.0.0.1:0", false],
  ["127.0.0.1:65536", false],
  ["http://127.0.0.1:9080", false],
  ["user@127.0.0.1:9080", false],
  ["999.1.1.1:9080", false],
  [":9080", false],
])("takes the address %j: %p", (text, isTaken) => {
  expect(parseAddress(text)).toBe(isTaken ? text : undefined);
});

test("looks for the services on the gateway's host, unless they are named", () => {
  expect(targetsBeside("http://127.0.0.1:8100", { payments: "127.0.0.1:1" }, ports)).toEqual({
    rest: "http://127.0.0.1:8100",
    orders: "127.0.0.1:9080",
    payments: "127.0.0.1:1",
    inventory: "127.0.0.1:9081",
  });
  expect(targetsBeside("http://[::1]:8000", {}, ports).orders).toBe("[::1]:9080");
});

test("this machine's own addresses are not another machine", () => {
  expect(remoteTargets(local)).toEqual([]);
});

test.each<[keyof Targets, string]>([
  ["rest", "http://example.com:8000"],
  ["rest", "http://127.0.0.1.example.com"],
  ["rest", "http://0.0.0.0:8000"],
  ["orders", "10.0.0.1:9080"],
  ["payments", "localhost.example.com:9082"],
  ["inventory", "[fe80::1]:9081"],
])("another machine is told by its name: %s %s", (name, target) => {
  expect(remoteTargets({ ...local, [name]: target })).toEqual([name]);
});
