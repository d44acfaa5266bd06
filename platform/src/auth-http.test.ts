import { createServer } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { createAuthority } from "@shop/testkit/certificates";
import { eventually } from "@shop/testkit/eventually";
import { serveHttp } from "../test/_http.ts";
import { createTestTls } from "../test/_tls.ts";
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

describe("over https", () => {
  const ca = createAuthority();
  const made = createTestTls();
  const server = createSecureServer((_req, res) => res.end('{"secure":true}'));
  const url = () => `https://127.0.0.1:${(server.address() as AddressInfo).port}`;

  beforeAll(async () => {
    const { cert, key } = ca.issue();
    server.setSecureContext({ cert, key });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterAll(async () => {
    made.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it("knows the identity service by the CA", async () => {
    const tls = made.open(ca.issue(), ca);
    await expect(askIdentity(url(), { ...get, tls })).resolves.toMatchObject({ body: { secure: true } });
  });

  it("makes one handshake for requests that come one after the other, and a new one with new files", async () => {
    const connected = jest.fn();
    server.on("secureConnection", connected);
    const tls = made.open(ca.issue(), ca);
    for (let count = 0; count < 3; count++) await askIdentity(url(), { ...get, tls });
    expect(connected).toHaveBeenCalledTimes(1);
    const { cert } = tls.current();
    tls.files.write(ca.issue(), ca.cert);
    await eventually(() => expect(tls.current().cert).not.toBe(cert));
    await askIdentity(url(), { ...get, tls });
    expect(connected).toHaveBeenCalledTimes(2);
  });

  it("tells nothing to a server whose certificate another CA has signed, or that is called by another name", async () => {
    const asked = jest.fn();
    server.on("request", asked);
    const stranger = made.open(ca.issue(), createAuthority());
    await expect(askIdentity(url(), { ...get, tls: stranger })).rejects.toThrow("certificate signature failure");
    await expect(askIdentity(url(), get)).rejects.toThrow("unable to verify the first certificate");
    server.setSecureContext(ca.issue({ names: ["elsewhere"] }));
    const tls = made.open(ca.issue(), ca);
    await expect(askIdentity(url(), { ...get, tls })).rejects.toMatchObject({ code: "ERR_TLS_CERT_ALTNAME_INVALID" });
    expect(asked).not.toHaveBeenCalled();
  });
});
