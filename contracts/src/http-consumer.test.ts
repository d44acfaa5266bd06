import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type HttpCase, playCase } from "./http-consumer.ts";
import { type HttpDoor, openHttpDoor } from "./http-door.ts";
import type { HttpBoundary } from "./http-interaction.ts";
import { type Expected, like, matching } from "./match.ts";

const boundary: HttpBoundary = {
  consumer: "a-caller",
  provider: "a-keeper",
  interactions: [
    {
      description: "a form",
      given: [{ name: "somebody", params: { id: 1 } }],
      request: { method: "POST", path: "/forms", headers: { authorization: "Basic QQ==" }, form: { a: "1", b: "x y" } },
      response: { status: 200, headers: { "retry-after": matching(/\d+/, "3") }, body: { id: like(7), word: "is" } },
    },
    {
      description: "a document",
      given: [],
      request: { method: "GET", path: "/document" },
      response: { status: 200, headers: { etag: '"1"', "content-type": "application/jwk-set+json" }, body: { n: [] } },
    },
    {
      description: "the same document",
      given: [],
      request: { method: "GET", path: "/document", headers: { "if-none-match": '"1"' } },
      response: { status: 304 },
    },
  ],
};

let door: HttpDoor;
let folder: string;

beforeEach(async () => {
  jest.spyOn(console, "log").mockImplementation(); // Pact tells there what a test wants to go wrong.
  door = await openHttpDoor();
  folder = mkdtempSync(path.join(tmpdir(), "pacts-"));
});

afterEach(async () => {
  jest.restoreAllMocks();
  await door.close();
  rmSync(folder, { recursive: true });
});

function play(change: Partial<HttpCase> = {}): Promise<void> {
  return playCase(boundary, { asks: ["a form"], call: (url) => sendForm(url), ...change }, door, folder);
}

function sendForm(url: string, form: Record<string, string> = { b: "x y", a: "1" }): Promise<Response> {
  const headers = { authorization: "Basic QQ==" };
  return fetch(`${url}/forms`, { method: "POST", headers, body: new URLSearchParams(form) });
}

function pactFile(): string {
  return path.join(folder, "a-caller-a-keeper.json");
}

function written(): { interactions: { description: string; request: unknown }[] } {
  return JSON.parse(readFileSync(pactFile(), "utf8"));
}

it("answers as declared, and writes the pact", async () => {
  await play({
    call: async (url) => {
      const answer = await sendForm(url);
      expect(answer.headers.get("retry-after")).toBe("3");
      expect(await answer.json()).toEqual({ id: 7, word: "is" });
    },
  });
  expect(written().interactions).toMatchObject([
    { description: "a form", providerStates: [{ name: "somebody", params: { id: 1 } }], request: { path: "/forms" } },
  ]);
});

it("tells one document's versions apart by what is asked with", async () => {
  await play({
    asks: ["a document", "the same document"],
    call: async (url) => {
      const whole = await fetch(`${url}/document`);
      expect(whole.headers.get("content-type")).toContain("application/jwk-set+json");
      expect(await whole.json()).toEqual({ n: [] });
      const same = await fetch(`${url}/document`, { headers: { "if-none-match": '"1"' } });
      expect(same.status).toBe(304);
    },
  });
  expect(written().interactions).toHaveLength(2);
});

it.each<[string, Partial<HttpCase>]>([
  ["nothing", { call: async () => undefined }],
  ["twice", { call: (url) => Promise.all([sendForm(url), sendForm(url)]) }],
  ["with another form", { call: (url) => sendForm(url, { a: "1", b: "other" }) }],
  ["with a field too many", { call: (url) => sendForm(url, { a: "1", b: "x y", c: "2" }) }],
  ["without its header", { call: (url) => fetch(`${url}/forms`, { method: "POST", body: "a=1&b=x+y" }) }],
  ["something else", { call: (url) => fetch(`${url}/others`) }],
  ["once too rarely", { times: 2 }],
  ["something that is not declared", { asks: ["a poem"] }],
  ["one of two", { asks: ["a document", "the same document"], call: (url) => fetch(`${url}/document`) }],
])("fails, and writes no pact, where the client asks for %s", async (_case, change) => {
  await expect(play(change)).rejects.toThrow();
  expect(existsSync(pactFile())).toBe(false);
});

it.each<Expected>([{}, { list: [{ none: {} }] }])(
  "takes no answer of which Pact would see nothing: %j",
  async (body) => {
    const [form] = boundary.interactions;
    if (form === undefined) throw new Error("There is no form.");
    const interactions = [{ ...form, response: { status: 200, body } }];
    const one: HttpCase = { asks: ["a form"], call: (url) => sendForm(url) };
    await expect(playCase({ ...boundary, interactions }, one, door, folder)).rejects.toThrow("Pact cannot expect {}");
  },
);

it("lets a client that polls ask again and again", async () => {
  const call = async (url: string) => {
    await sendForm(url);
    await sendForm(url);
  };
  await play({ times: "again and again", call });
  expect(written().interactions).toHaveLength(1);
  await expect(play({ times: "again and again", call: async () => undefined })).rejects.toThrow();
});
