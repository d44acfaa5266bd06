import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { serveHttp } from "../test/_http.ts";
import { askIdentity } from "./auth-http.ts";

const { signal } = new AbortController();
const get = { method: "GET", timeoutMs: 5000, signal } as const;

it("sends a form and reads the answer", async () => {
  const http = await serveHttp(() => ({ status: 201, body: { yes: true } }));
  const form = new URLSearchParams({ a: "b c" });
  const answer = await askIdentity(http.url, { ...get, method: "POST", form, headers: { authorization: "x" } });
  await http.close();
  expect(answer).toEqual({ status: 201, body: { yes: true } });
  expect(http.requests).toEqual([{ authorization: "x", body: "a=b+c" }]);
});

it("gives up on an answer without end", async () => {
  const http = await serveHttp(() => ({ body: "a".repeat(100_001) }));
  await expect(askIdentity(http.url, get)).rejects.toThrow("more than 100000 bytes");
  await http.close();
});

it("rejects where nobody listens", async () => {
  const http = await serveHttp(() => ({ body: 1 }));
  await http.close();
  await expect(askIdentity(http.url, get)).rejects.toMatchObject({ code: "ECONNREFUSED" });
});

describe("a server that never answers", () => {
  const server = createServer(() => {});
  const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  beforeAll(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)));
  afterAll(() => server.close());

  it("is given up after its time", async () => {
    await expect(askIdentity(url(), { ...get, timeoutMs: 20 })).rejects.toThrow("no answer within 20 ms");
  });

  it("is left when the caller ends", async () => {
    const controller = new AbortController();
    const asked = askIdentity(url(), { ...get, signal: controller.signal });
    controller.abort();
    await expect(asked).rejects.toMatchObject({ name: "AbortError" });
  });
});
