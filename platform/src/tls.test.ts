import { X509Certificate } from "node:crypto";
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
