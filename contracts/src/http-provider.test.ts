import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { playCase } from "./http-consumer.ts";
import { openHttpDoor } from "./http-door.ts";
import type { HttpBoundary } from "./http-interaction.ts";
import { type HttpStateHandler, type HttpVerification, verifyHttpPact } from "./http-provider.ts";
import { eachLike, like, matching } from "./match.ts";

const boundary: HttpBoundary = {
  consumer: "a-caller",
  provider: "a-keeper",
  interactions: [
    {
      description: "a form",
      given: [{ name: "somebody has a token", params: { name: "alice" } }],
      request: {
        method: "POST",
        path: "/forms/an-example-id",
        headers: { authorization: "Bearer an-example" },
        form: { token: "an-example", "a b": "c&d" },
      },
      response: {
        status: 200,
        headers: { "retry-after": matching(/\d+/, "3") },
        body: { id: like(7), word: "is", list: eachLike({ n: like(1), of: "one" }), none: [] },
      },
    },
  ],
};

interface Seen {
  readonly url?: string;
  readonly authorization?: string;
  readonly body: string;
  readonly length?: string;
}

const right = {
  id: 8,
  word: "is",
  list: [
    { n: 2, of: "one" },
    { n: 3, of: "one", more: true },
  ],
  none: [],
  more: true,
};
let folder: string;
let file: string;
let server: Server;
let answer: { status: number; headers: Record<string, string>; body: unknown };
let seen: Seen[];

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "pacts-"));
  file = path.join(folder, "a-caller-a-keeper.json");
  const door = await openHttpDoor();
  await playCase(boundary, { asks: ["a form"], call: askAsDeclared }, door, folder);
  await door.close();
});

beforeEach(async () => {
  jest.spyOn(console, "log").mockImplementation(); // Pact tells there what a test wants to go wrong.
  seen = [];
  answer = { status: 200, headers: { "retry-after": "60" }, body: right };
  server = createServer((req, res) => {
    void remember(req).then(() => {
      res.writeHead(answer.status, { "content-type": "application/json; charset=utf-8", ...answer.headers });
      res.end(JSON.stringify(answer.body));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
});

afterEach(async () => {
  jest.restoreAllMocks();
  await new Promise((resolve) => server.close(resolve));
});

afterAll(() => rmSync(folder, { recursive: true }));

function urlOf(): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function askAsDeclared(url: string): Promise<void> {
  const body = new URLSearchParams({ token: "an-example", "a b": "c&d" });
  await fetch(`${url}/forms/an-example-id`, { method: "POST", headers: { authorization: "Bearer an-example" }, body });
}

function pactOf(interactions: readonly unknown[]): object {
  const metadata = { pactSpecification: { version: "4.0" } };
  return { consumer: { name: "another" }, provider: { name: "a-keeper" }, interactions, metadata };
}

async function remember(req: IncomingMessage): Promise<void> {
  const { authorization, "content-length": length } = req.headers;
  seen.push({ url: req.url, authorization, body: await text(req), length });
}

function verify(state: HttpStateHandler = async () => undefined): Promise<HttpVerification> {
  return verifyHttpPact(file, { url: urlOf, states: { "somebody has a token": state } });
}

it("finds a right answer right, and counts it", async () => {
  expect(await verify()).toEqual({ verified: ["a form"], faults: new Map([["a form", []]]), asked: 1, unreached: [] });
  expect(seen).toEqual([
    {
      url: "/forms/an-example-id",
      authorization: "Bearer an-example",
      body: "token=an-example&a+b=c%26d",
      length: "26",
    },
  ]);
});

it("sends nothing where nothing is declared", async () => {
  const bare = path.join(folder, "bare-a-keeper.json");
  const interaction = { type: "Synchronous/HTTP", description: "nothing", response: { status: 200 } };
  const request = { method: "POST", path: "/nothing" };
  writeFileSync(bare, JSON.stringify(pactOf([{ ...interaction, request }])));
  expect(await verifyHttpPact(bare, { url: urlOf, states: {} })).toMatchObject({ verified: ["nothing"], asked: 1 });
  expect(seen).toEqual([{ url: "/nothing", authorization: undefined, body: "", length: "0" }]);
});

it("puts a state's own values in the place of the examples", async () => {
  const states: unknown[] = [];
  await verify(async (params) => {
    states.push(params);
    return { "an-example-id": "17", "an-example": "the real one" };
  });
  expect(states).toEqual([{ name: "alice" }]);
  expect(seen).toEqual([
    { url: "/forms/17", authorization: "Bearer the real one", body: "token=the+real+one&a+b=c%26d", length: "28" },
  ]);
});

it.each<[string, Partial<typeof answer>, string]>([
  ["another status", { status: 201 }, "expected 200 but was 201"],
  ["another value", { body: { ...right, word: "was" } }, "'was'"],
  ["another type", { body: { ...right, id: "8" } }, "$.id"],
  ["a field renamed", { body: { ...right, id: undefined, identity: 8 } }, "$"],
  ["a list that is empty", { body: { ...right, list: [] } }, "$.list"],
  ["a list of something else", { body: { ...right, list: [{ n: "2", of: "one" }] } }, "$.list[0].n"],
  ["another value in a list", { body: { ...right, list: [right.list[0], { n: 2, of: "two" }] } }, "$.list[1].of"],
  ["something in a list of nothing", { body: { ...right, none: [1] } }, "$.none"],
  ["a header that does not match", { headers: { "retry-after": "soon" } }, "retry-after"],
  ["a header missing", { headers: {} }, "retry-after"],
])("finds %s", async (_case, change, fault) => {
  answer = { ...answer, ...change };
  const { faults } = await verify();
  expect(faults.get("a form")).toEqual([expect.stringContaining(fault)]);
});

it("tells of a state that cannot be brought about, and of one that nobody knows", async () => {
  const failing = await verify(async () => {
    throw new Error("no room");
  });
  expect(failing.unreached).toEqual(["somebody has a token: Error: no room"]);
  const unknown = await verifyHttpPact(file, { url: urlOf, states: {} });
  expect(unknown.unreached).toEqual(["somebody has a token: Error: there is no such state"]);
});

it("counts no interaction of a pact that has none", async () => {
  const empty = path.join(folder, "another-a-keeper.json");
  writeFileSync(empty, JSON.stringify(pactOf([])));
  const { verified, asked } = await verifyHttpPact(empty, { url: urlOf, states: {} });
  expect([verified, asked]).toEqual([[], 0]);
});
