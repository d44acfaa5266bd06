import { createPrivateKey, X509Certificate } from "node:crypto";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { connect } from "node:tls";
import { createAuthority } from "@shop/testkit/certificates";
import { eventually } from "@shop/testkit/eventually";
import pino from "pino";
import { createTestTls } from "../test/_tls.ts";
import type { Log } from "./logging.ts";
import { silentLog } from "./logging.ts";
import { createMetrics } from "./metrics.ts";
import { openTls, renewServer, tlsServerOptions } from "./tls.ts";

const ca = createAuthority();
const made = createTestTls();

afterAll(() => made.close());

function recordingLog() {
  const lines: { msg: string; reason?: string; expiresAt?: string }[] = [];
  const log = pino({ base: null }, { write: (line) => lines.push(JSON.parse(line)) }) as unknown as Log;
  return { lines, log };
}

describe("TLS files", () => {
  it("are read again when they change, which is logged with the day that they expire", async () => {
    const { lines, log } = recordingLog();
    const tls = made.open(ca.issue(), ca, log);
    const next = ca.issue({ until: new Date("2099-01-01T00:00:00Z") });
    tls.files.write(next, ca.cert);
    await eventually(() => expect(tls.current().cert.toString()).toBe(next.cert));
    await eventually(() => expect(lines).toHaveLength(1));
    expect(lines).toMatchObject([{ msg: "TLS files read again", expiresAt: "2099-01-01T00:00:00.000Z" }]);
  });

  it("that cannot be used leave the last ones in use, and are told once", () => {
    jest.useFakeTimers();
    const { lines, log } = recordingLog();
    const own = ca.issue();
    const tls = made.open(own, ca, log);
    const next = ca.issue();
    tls.files.write({ cert: next.cert, key: own.key }, ca.cert);
    jest.advanceTimersByTime(1000);
    expect(lines).toMatchObject([
      {
        msg: "TLS files cannot be used, the last ones stay",
        reason: "TLS_KEY_FILE must be the private key of the certificate in TLS_CERT_FILE",
      },
    ]);
    expect(tls.current().cert.toString()).toBe(own.cert);
    tls.files.write(next, ca.cert);
    jest.advanceTimersByTime(1000);
    expect(tls.current().cert.toString()).toBe(next.cert);
    expect(lines.map(({ msg }) => msg)).toEqual([
      "TLS files cannot be used, the last ones stay",
      "TLS files read again",
    ]);
    jest.useRealTimers();
  });

  const whole = "a PEM file of CA certificates, all of them whole";
  const own = ca.issue();
  const weak = ca.issue({ rsaBits: 1024 });
  it.each([
    [
      "whose certificate is too weak for TLS",
      weak,
      ca.cert,
      "TLS_CERT_FILE must be a certificate that TLS takes (ERR_SSL_EE_KEY_TOO_SMALL)",
    ],
    ["with half of a second CA", own, ca.cert + createAuthority().cert.slice(0, 200), `TLS_CA_FILE must be ${whole}`],
    [
      "with half of an intermediate certificate",
      { ...own, cert: own.cert + ca.cert.slice(0, 200) },
      ca.cert,
      "TLS_CERT_FILE must be a PEM file that begins with a certificate, all of them whole",
    ],
    ["with something else as a second CA", own, ca.cert + ca.cert.replace(/M/, "!"), `TLS_CA_FILE must be ${whole}`],
    ["with an empty CA file", own, "", `TLS_CA_FILE must be ${whole}`],
    [
      "whose key has a passphrase",
      { ...own, key: locked(own.key) },
      ca.cert,
      "TLS_KEY_FILE must be a PEM file of a private key without passphrase",
    ],
  ])("%s leave a server as it is, and its process alive", async (_case, next, authorities, reason) => {
    const { lines, log } = recordingLog();
    const first = ca.issue();
    const tls = made.open(first, ca, log);
    const server = createServer(tlsServerOptions(tls, { needsClientCertificate: false }));
    renewServer(server, tls);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    tls.files.write(next, authorities);
    await eventually(() => expect(lines.map((line) => line.reason)).toContain(reason));
    expect(tls.current().cert.toString()).toBe(first.cert);
    const shown = await certificateOf((server.address() as AddressInfo).port);
    expect(shown).toEqual(new X509Certificate(first.cert).raw);
    await new Promise((resolve) => server.close(resolve));
  });

  it("may hold two CAs, as while one is replaced: callers of both are let in", async () => {
    const [old, next] = [createAuthority("old"), createAuthority("next")];
    const tls = made.open(old.issue(), { cert: `old\n${old.cert}\nnew\n${next.cert}` });
    const server = createServer(tlsServerOptions(tls, { needsClientCertificate: true }), (_req, res) => res.end());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    for (const caller of [old, next]) await greet(port, old.cert, caller.issue());
    await expect(greet(port, old.cert, createAuthority().issue())).rejects.toThrow();
    await new Promise((resolve) => server.close(resolve));
  });

  it("that no longer hold a CA let nobody of it in by an older session", async () => {
    const [old, next] = [createAuthority("old"), createAuthority("next")];
    const tls = made.open(old.issue(), old);
    const server = createServer(tlsServerOptions(tls, { needsClientCertificate: true }), (_req, res) => res.end());
    renewServer(server, tls);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const caller = old.issue();
    const { session } = await greet(port, old.cert, caller);
    await expect(greet(port, old.cert, caller, session)).resolves.toMatchObject({ isResumed: true });
    tls.files.write(old.issue(), next.cert);
    await eventually(() => expect(tls.current().ca.toString()).toBe(next.cert));
    for (const own of [{}, caller]) await expect(greet(port, old.cert, own, session)).rejects.toThrow();
    await new Promise((resolve) => server.close(resolve));
  });

  it("that change are what an HTTPS server shows next", async () => {
    const tls = made.open(ca.issue(), ca);
    const server = createServer(tlsServerOptions(tls, { needsClientCertificate: false }));
    renewServer(server, tls);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const next = ca.issue();
    tls.files.write(next, ca.cert);
    await eventually(async () => {
      const shown = await certificateOf((server.address() as AddressInfo).port);
      expect(shown).toEqual(new X509Certificate(next.cert).raw);
    });
    await new Promise((resolve) => server.close(resolve));
  });

  it("that are gone at the start are an error that names the variable", () => {
    const { files } = made.open(ca.issue(), ca);
    expect(() => openTls({ ...files, caFile: "/nowhere/ca.crt" }, { log: silentLog() })).toThrow(
      "The TLS files cannot be used: TLS_CA_FILE must be a file that this process can read (ENOENT).",
    );
  });

  it("show how long their certificate is good", async () => {
    const { files } = made.open(ca.issue({ until: new Date(Date.now() + 3_600_000) }), ca);
    const metrics = createMetrics("test");
    const tls = openTls(files, { log: silentLog(), metrics });
    const [, seconds] = /^tls_certificate_expires_in_seconds\S* (\d+)/m.exec(await metrics.registry.metrics()) ?? [];
    expect(Number(seconds)).toBeGreaterThan(3500);
    expect(Number(seconds)).toBeLessThanOrEqual(3600);
    tls.close();
  });
});

/** A key that nobody opens without a passphrase. */
function locked(key: string): string {
  const options = { type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" } as const;
  return createPrivateKey(key).export(options).toString();
}

/** The certificate that a server shows. */
function certificateOf(port: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", ca: ca.cert }, () => {
      resolve(socket.getPeerCertificate().raw);
      socket.destroy();
    });
    socket.on("error", reject);
  });
}

/** Makes a request as whoever has this certificate; answers the session, by which a later connection may be resumed. */
function greet(
  port: number,
  authority: string,
  own: { cert?: string; key?: string },
  session?: Buffer,
): Promise<{ session: Buffer | undefined; isResumed: boolean }> {
  return new Promise((resolve, reject) => {
    let given: Buffer | undefined;
    const socket = connect({ port, host: "127.0.0.1", ca: authority, ...own, ...(session && { session }) });
    socket.on("session", (one) => {
      given = one;
    });
    socket.once("data", () => {
      resolve({ session: given, isResumed: socket.isSessionReused() });
      socket.destroy();
    });
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("closed")));
    socket.write("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n");
  });
}
