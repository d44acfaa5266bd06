import { loginOrigin } from "./login-origin.ts";

it("is another for another name and for another network, wherever one ends and the other begins", () => {
  const pairs = [
    loginOrigin("bob", "192.0.2.1"),
    loginOrigin("2bob", "192.0.2.1"),
    loginOrigin("bob", "192.0.2.12"),
    loginOrigin("alice", "192.0.2.1"),
  ].map(({ pair }) => pair);
  expect(new Set(pairs).size).toBe(4);
  expect(loginOrigin("bob", "2001:db8::1")).toEqual(loginOrigin("bob", "2001:db8::2"));
});
