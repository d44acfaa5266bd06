import { Client, type ServiceError } from "@grpc/grpc-js";
import { type Certificate, createAuthority } from "@shop/testkit/certificates";
import { eventually } from "@shop/testkit/eventually";
import pino from "pino";
import { key, serve } from "../test/_grpc.ts";
import { serveEchoes } from "../test/_grpc-batch.ts";
import { all, serveStreams } from "../test/_grpc-stream.ts";
import { createTestTls, type TestTls } from "../test/_tls.ts";
import { channelSecurity, serverCredentials } from "./grpc-tls.ts";
import type { Log } from "./logging.ts";
import type { ServiceTokens } from "./service-tokens.ts";
import { type Tls, tlsServerOptions } from "./tls.ts";

const ca = createAuthority("ours");
const foreignCa = createAuthority("foreign");
const request = { orderId: "01900000-0000-7000-8000-000000000001" };
const options = { timeoutMs: 10_000 };
const made = createTestTls();

afterAll(() => made.close());

const openOurs = (own: Certificate = ca.issue()) => made.open(own, ca);
/** As a server that demands certificates. */
const demanding = (tls: Tls) => ({ tls: { tls, needsClientCertificate: true } });
/** As one that asks for none. */
const open = (tls: Tls) => ({ tls: { tls, needsClientCertificate: false } });
const echo = async (text: { orderId: string }) => text;

/** A process that gives no certificate, or another than its files hold. */
function showing(own: Partial<Certificate>): Tls {
  const { ca: authority } = openOurs().current();
  const bytes = (pem: string | undefined) => (pem === undefined ? undefined : Buffer.from(pem)) as Buffer;
  const material = { cert: bytes(own.cert), key: bytes(own.key), ca: authority };
  return { ...openOurs(), current: () => material };
}

describe("between two processes with certificates of one CA", () => {
  it("calls go through, alone, in a batch and as a stream, and the server tells its health", async () => {
    const server = openOurs();
    const echoes = await serveEchoes(echo, demanding(server));
    const alone = echoes.connect({ tls: openOurs(), isBatching: false });
    await expect(alone.echo(request, options)).resolves.toEqual(request);
    const batching = echoes.connect({ tls: openOurs() });
    await Promise.all(Array.from({ length: 50 }, () => batching.echo(request, options)));
    await eventually(async () => expect(await echoes.count("Call")).toBeGreaterThan(0));
    await expect(healthOf(echoes.server.port, openOurs())).resolves.toBe(1);
    await echoes.close();

    const streams = await serveStreams(async function* () {
      yield { orderId: "one" };
      yield { orderId: "two" };
    }, demanding(server));
    const client = streams.connect({ tls: openOurs() });
    expect(await all(client.watch(request, options))).toEqual(["one", "two"]);
    await streams.close();
  });

  it("a token is still demanded", async () => {
    const own = await serveEchoes(echo, demanding(openOurs()));
    const withToken = (token: string) =>
      ({ get: () => token, renew: () => {}, close: async () => {} }) as ServiceTokens;
    const call = (token?: string) =>
      own.connect({ tls: openOurs(), ...(token && { token: withToken(token) }) }).echoForService(request, options);
    await expect(call()).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
    await expect(call(key.serviceToken("payments"))).rejects.toMatchObject({ code: "PERMISSION_DENIED" });
    await expect(call(key.userToken())).rejects.toMatchObject({ code: "PERMISSION_DENIED" });
    await expect(call(key.serviceToken("shipping"))).resolves.toEqual(request);
    await own.close();
  });

  it("calls go round several processes, also where each has a name of its own", async () => {
    const called: string[] = [];
    const names = ["localhost", "127.0.0.1"];
    const servers = await Promise.all(
      names.map((name) =>
        serve(
          async () => {
            called.push(name);
            return { status: 2 };
          },
          demanding(openOurs(ca.issue({ names: [name] }))),
        ),
      ),
    );
    const address = servers.map(({ server }, index) => `${names[index]}:${server.port}`).join(",");
    const [first] = servers;
    const client = first?.connect({ address, tls: openOurs() });
    await eventually(
      async () => {
        called.length = 0;
        for (let count = 0; count < 10; count++) await client?.cancelShipment(request, options);
        for (const name of names) expect(called.filter((other) => other === name)).toHaveLength(5);
      },
      { timeoutMs: 10_000 },
    );
    for (const server of servers) await server.close();
  });
});

describe("a server that demands certificates", () => {
  const lines: string[] = [];
  const log = pino({ base: null }, { write: (line) => lines.push(line) }) as unknown as Log;
  let own: Awaited<ReturnType<typeof serve>>;

  beforeAll(async () => {
    own = await serve(async () => ({ status: 2 }), { ...demanding(openOurs()), log });
  });
  afterAll(() => own.close());

  const expired = ca.issue({ from: new Date(Date.now() - 7_200_000), until: new Date(Date.now() - 3_600_000) });

  it.each([
    ["no certificate", () => showing({}), "The server demands a certificate, and this process has none."],
    ["one of a foreign CA", () => showing(foreignCa.issue()), "it demands TLS, or a certificate by a CA that it knows"],
    ["one that has expired", () => showing(expired), "it demands TLS, or a certificate by a CA that it knows"],
    ["no TLS", () => undefined, "it demands TLS, or a certificate by a CA that it knows"],
  ])("turns away a caller with %s, who is told so", async (_, tlsOf, message) => {
    const tls = tlsOf();
    const client = own.connect(tls === undefined ? {} : { tls });
    await expect(client.cancelShipment(request, options)).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: expect.stringContaining(message),
    });
  });

  it("logs whom it turned away, and not more often than every ten seconds", () => {
    const told = lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === "connections refused by TLS");
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({ count: 1, reason: "ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE" });
  });
});

test("a server of either kind gives a handshake ten seconds, and speaks nothing older than TLS 1.2", () => {
  const limits = { handshakeTimeout: 10_000, minVersion: "TLSv1.2" };
  const own = demanding(openOurs()).tls;
  expect(serverCredentials(own)._getConstructorOptions()).toMatchObject(limits);
  expect(serverCredentials(own)._getSecureContextOptions()).toMatchObject({ minVersion: "TLSv1.2" });
  expect(tlsServerOptions(own.tls, own)).toMatchObject(limits);
});

test("an IP address is never sent as the name of a server, another name is", () => {
  const optionsFor = (host: string) => channelSecurity([host], openOurs()).options;
  for (const host of ["127.0.0.1", "::1"]) {
    expect(optionsFor(host)).toEqual({ "grpc.ssl_target_name_override": "localhost" });
  }
  expect(optionsFor("payment-service")).toEqual({});
});

describe("a caller", () => {
  const expired = ca.issue({ from: new Date(Date.now() - 7_200_000), until: new Date(Date.now() - 3_600_000) });

  it.each([
    ["has another name", () => openOurs(ca.issue({ names: ["elsewhere"] })), "not for the name that it was called by"],
    ["is of a foreign CA", () => showing(foreignCa.issue()), "was signed by no CA of TLS_CA_FILE"],
    ["has expired", () => showing(expired), "The server's certificate has expired."],
  ])("turns away from a server whose certificate %s", async (_, tlsOf, message) => {
    const handle = jest.fn(async () => ({ status: 2 }) as const);
    const own = await serve(handle, open(tlsOf()));
    const client = own.connect({ tls: openOurs() });
    await expect(client.cancelShipment(request, options)).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: expect.stringContaining(message),
    });
    expect(handle).not.toHaveBeenCalled();
    await own.close();
  });

  it("is told that a server speaks no TLS", async () => {
    const own = await serve(async () => ({ status: 2 }));
    await expect(own.connect({ tls: openOurs() }).cancelShipment(request, options)).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: "The server does not speak TLS, and this process does.",
    });
    await own.close();
  });

  it("needs no certificate where the door asks for none", async () => {
    const own = await serve(async () => ({ status: 2 }), open(openOurs()));
    await expect(own.connect({ tls: showing({}) }).cancelShipment(request, options)).resolves.toEqual({ status: 2 });
    await own.close();
  });
});

describe("files that are replaced", () => {
  /** Waits until a process has read what is written now. */
  async function rewrite(tls: TestTls, own: Certificate, authorities: string) {
    tls.files.write(own, authorities);
    await eventually(() => expect(tls.current().ca.toString()).toBe(authorities));
  }

  it("change what new connections use, on both sides, and break off none that exists", async () => {
    const [server, client, stranger] = [openOurs(), openOurs(), openOurs()];
    const own = await serve(async () => ({ status: 2 }), demanding(server));
    const standing = own.connect({ tls: client });
    await standing.cancelShipment(request, options);

    const nextCa = createAuthority("next");
    await rewrite(server, nextCa.issue(), nextCa.cert);
    await standing.cancelShipment(request, options);
    await expect(own.connect({ tls: stranger }).cancelShipment(request, options)).rejects.toMatchObject({
      code: "UNAVAILABLE",
    });
    await rewrite(client, nextCa.issue(), nextCa.cert);
    await own.connect({ tls: client }).cancelShipment(request, options);
    await own.close();
  });

  it("let a channel that was refused connect by itself", async () => {
    const nextCa = createAuthority("next");
    const client = openOurs();
    const own = await serve(async () => ({ status: 2 }), demanding(made.open(nextCa.issue(), nextCa)));
    const rpc = own.connect({ tls: client });
    await expect(rpc.cancelShipment(request, options)).rejects.toMatchObject({ code: "UNAVAILABLE" });
    await rewrite(client, nextCa.issue(), nextCa.cert);
    await eventually(() => rpc.cancelShipment(request, options), { timeoutMs: 10_000 });
    await own.close();
  });
});

/** The health of a whole server: 1 is SERVING. */
function healthOf(port: number, tls: Tls): Promise<number | undefined> {
  const security = channelSecurity(["127.0.0.1"], tls);
  const client = new Client(`127.0.0.1:${port}`, security.credentials, security.options);
  const same = (bytes: Buffer) => bytes;
  return new Promise((resolve, reject) => {
    const settle = (err: ServiceError | null, answer?: Buffer) => {
      client.close();
      if (err) reject(err);
      else resolve(answer?.at(-1));
    };
    client.makeUnaryRequest("/grpc.health.v1.Health/Check", same, same, Buffer.alloc(0), settle);
  });
}
