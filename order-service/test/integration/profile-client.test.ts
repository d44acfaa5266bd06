import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { ServiceTokens } from "@shop/platform/auth";
import { createProfileClient, type Profiles } from "../../src/clients/profile-client.ts";

const USER = "01900000-0000-7000-8000-00000000a11c";
const ADDRESS = { street: "1 Main St", city: "Springfield", state: "IL", zipCode: "62701", country: "US" };

let server: Server;
let profiles: Profiles;
let answer: (req: IncomingMessage, res: ServerResponse) => void;
let asked: string[];
let token: string;

beforeEach(async () => {
  asked = [];
  token = "first";
  server = createServer((req, res) => {
    asked.push(`${req.method} ${req.url} ${req.headers.authorization}`);
    answer(req, res);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const tokens: ServiceTokens = {
    get: () => token,
    renew(refused) {
      if (refused === token) token = "renewed";
    },
    close: async () => undefined,
  };
  profiles = createProfileClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, tokens);
});

afterEach(
  () =>
    new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    }),
);

function addressOf(userId = USER, signal = new AbortController().signal) {
  return profiles.addressOf(userId, signal);
}

function answerWith(status: number, body: unknown): typeof answer {
  return (_req, res) => res.writeHead(status).end(typeof body === "string" ? body : JSON.stringify(body));
}

test("asks for the user's profile with the service's own token", async () => {
  answer = answerWith(200, { userId: USER, name: "alice", address: ADDRESS });
  expect(await addressOf()).toEqual(ADDRESS);
  expect(asked).toEqual([`GET /internal/profiles/${USER} Bearer first`]);
});

test("a user's id cannot lead to another path", async () => {
  answer = answerWith(404, { code: "NOT_FOUND" });
  await addressOf("../secrets?x=1");
  expect(asked).toEqual(["GET /internal/profiles/..%2Fsecrets%3Fx%3D1 Bearer first"]);
});

test("an address without a state has an empty one, and what else stands there is left out", async () => {
  const { state: _, ...stateless } = ADDRESS;
  answer = answerWith(200, { address: { ...stateless, geo: "1,2" } });
  expect(await addressOf()).toEqual({ ...stateless, state: "" });
});

test.each<[string, number, unknown]>([
  ["there is no such user", 404, { code: "NOT_FOUND" }],
  ["the profile has no address", 200, { address: null }],
  ["the address is not whole", 200, { address: { ...ADDRESS, city: "" } }],
  ["the body is not JSON", 200, "<html>"],
  ["the body is null", 200, null],
  ["the body is a list", 200, [ADDRESS]],
])("there is no address where %s, and it is not asked for again", async (_case, status, body) => {
  answer = answerWith(status, body);
  expect(await addressOf()).toBeUndefined();
  expect(asked).toHaveLength(1);
});

test("asks again with a renewed token where its token is refused", async () => {
  answer = (req, res) =>
    req.headers.authorization === "Bearer renewed"
      ? answerWith(200, { address: ADDRESS })(req, res)
      : answerWith(401, {})(req, res);

  expect(await addressOf()).toEqual(ADDRESS);
  expect(asked.map((line) => line.split(" ").at(-1))).toEqual(["first", "renewed"]);
});

test("asks three times where the identity service fails, then tells that it is unavailable", async () => {
  answer = answerWith(500, { address: ADDRESS });
  await expect(addressOf()).rejects.toMatchObject({ code: "UNAVAILABLE" });
  expect(asked).toHaveLength(3);
});

test("goes on where the identity service fails once", async () => {
  answer = (req, res) => answerWith(asked.length === 1 ? 503 : 200, { address: ADDRESS })(req, res);
  expect(await addressOf()).toEqual(ADDRESS);
});

test("a connection that breaks is unavailable too", async () => {
  answer = (req) => req.socket.destroy();
  await expect(addressOf()).rejects.toMatchObject({ code: "UNAVAILABLE" });
});

test("does not wait for ever for an answer", async () => {
  answer = (_req, res) => {
    if (asked.length > 1) res.writeHead(200).end(JSON.stringify({ address: ADDRESS }));
  };
  const started = performance.now();
  expect(await addressOf()).toEqual(ADDRESS);
  expect(performance.now() - started).toBeGreaterThan(1400);
});

test("stops asking when the caller is gone", async () => {
  const caller = new AbortController();
  const gone = Promise.withResolvers<void>();
  answer = (_req, res) => {
    res.once("close", gone.resolve);
    caller.abort();
  };
  await expect(addressOf(USER, caller.signal)).rejects.toThrow("could not be asked");
  await gone.promise;
  expect(asked).toHaveLength(1);
});

test.each<[string, unknown]>([
  ["a page", "<html>404</html>"],
  ["nothing that is known", { error: "no route" }],
])("that there is no such user is not taken from somebody on the way who has %s", async (_case, body) => {
  answer = answerWith(404, body);
  await expect(addressOf()).rejects.toMatchObject({ code: "UNAVAILABLE" });
  expect(asked).toHaveLength(3);
});
