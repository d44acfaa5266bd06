import { createPrivateKey, X509Certificate } from "node:crypto";
import type { EventEmitter } from "node:events";
import { readFileSync } from "node:fs";
import { Agent } from "node:https";
import type { Server as NetServer } from "node:net";
import { createSecureContext, type Server, type TLSSocket, type TlsOptions } from "node:tls";
import type { Log } from "./logging.ts";
import type { Metrics } from "./metrics.ts";

/** Where certificate, key and CA are, all PEM. */
export interface TlsFiles {
  /** The process's own certificate, with which it answers and with which it calls; intermediate ones behind it. */
  readonly certFile: string;
  /** The key of that certificate, without a passphrase. */
  readonly keyFile: string;
  /** The CAs that sign those of the others. Whoever has a certificate of theirs is let in. */
  readonly caFile: string;
}

/** What the files hold. */
export interface TlsMaterial {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca: Buffer;
}

/** What a process proves itself with, and by what it knows the others. */
export interface Tls {
  /** What new connections use; another object once the files have changed. */
  current(): TlsMaterial;
  /** Tells what changed. */
  onChange(listener: (material: TlsMaterial) => void): void;
  /** Keeps connections to HTTPS servers for the next request: a handshake costs more than most of what is asked. */
  readonly agent: Agent;
  /** Reads the files no longer, and closes what the agent keeps. */
  close(): void;
}

export interface TlsOptionsOfProcess {
  readonly log: Log;
  /** Where the age of the certificate is told; nowhere where it is left out. */
  readonly metrics?: Metrics;
  /** How often the files are read again, in milliseconds; default 10,000. */
  readonly reloadMs?: number;
}

/** A fault of one of the files: whose it is, and what it must be. It never shows what the file holds. */
export interface TlsFault {
  readonly file: keyof TlsFiles;
  readonly mustBe: string;
}

/** The oldest version that is spoken; two of ours speak TLS 1.3. */
export const leastTlsVersion = "TLSv1.2";

/** A connection that has not ended its handshake by then is closed. */
const handshakeTimeoutMs = 10_000;

/**
 * Reads the files, and reads them again while the process runs. What is new goes to connections that are made from then
 * on; those that exist go on. Files that cannot be used, such as a pair of which one half is written, change nothing.
 * Where no files are named there is no TLS.
 */
export function openTls(files: TlsFiles, options: TlsOptionsOfProcess): Tls;
export function openTls(files: TlsFiles | undefined, options: TlsOptionsOfProcess): Tls | undefined;
export function openTls(files: TlsFiles | undefined, options: TlsOptionsOfProcess): Tls | undefined {
  return files && follow(files, options);
}

function follow(files: TlsFiles, { log, metrics, reloadMs = 10_000 }: TlsOptionsOfProcess): Tls {
  const listeners: ((material: TlsMaterial) => void)[] = [];
  let material = readSound(files);
  let toldFaults = "";

  function reload(): void {
    const read = readTls(files);
    const reason = "faults" in read ? describe(read.faults) : "";
    if (reason !== "" && reason !== toldFaults) log.warn({ reason }, "TLS files cannot be used, the last ones stay");
    toldFaults = reason;
    if ("faults" in read || isSame(read, material)) return;
    material = read;
    log.info({ expiresAt: expiryOf(material).toISOString() }, "TLS files read again");
    for (const listener of listeners) listener(material);
  }

  const agent = new Agent({ keepAlive: true });
  const timer = setInterval(reload, reloadMs);
  timer.unref();
  metrics?.gauge({
    name: "tls_certificate_expires_in_seconds",
    help: "Seconds until the certificate of this process expires",
    collect: async () => (expiryOf(material).getTime() - Date.now()) / 1000,
  });
  return {
    current: () => material,
    onChange: (listener) => void listeners.push(listener),
    agent,
    close() {
      clearInterval(timer);
      agent.destroy();
      listeners.length = 0;
    },
  };
}

/** What is wrong with the files, if anything. */
export function tlsFaults(files: TlsFiles): readonly TlsFault[] {
  const read = readTls(files);
  return "faults" in read ? read.faults : [];
}

/** The options of a server that speaks TLS, and asks its callers for a certificate where they must have one. */
export function tlsServerOptions(
  tls: Tls,
  { needsClientCertificate }: { needsClientCertificate: boolean },
): TlsOptions {
  return {
    ...tls.current(),
    minVersion: leastTlsVersion,
    handshakeTimeout: handshakeTimeoutMs,
    requestCert: needsClientCertificate,
    rejectUnauthorized: needsClientCertificate,
  };
}

/** Gives a server that speaks TLS what is new. */
export function renewServer(server: NetServer, tls: Tls): void {
  const secure = server as Server;
  tls.onChange((material) => secure.setSecureContext({ ...material, minVersion: leastTlsVersion }));
}

/** So long after one report of refused connections the next one waits; whoever knocks fast fills no log. */
const reportEveryMs = 10_000;

/** Logs whom a server turns away in the handshake: the other side often sees no more than a connection that was closed. */
export function reportRefusals(server: EventEmitter, log: Log): void {
  let toldAtMs = Number.NEGATIVE_INFINITY;
  let count = 0;
  server.on("tlsClientError", (err: NodeJS.ErrnoException, { authorizationError }: TLSSocket) => {
    count += 1;
    const nowMs = performance.now();
    if (nowMs - toldAtMs < reportEveryMs) return;
    log.warn({ reason: String(authorizationError ?? err.code ?? err.message), count }, "connections refused by TLS");
    toldAtMs = nowMs;
    count = 0;
  });
}

/** The options of a request to a server that is verified, and that may ask who we are. */
export function tlsClientOptions(tls: Tls): TlsMaterial & { minVersion: typeof leastTlsVersion; agent: Agent } {
  return { ...tls.current(), minVersion: leastTlsVersion, agent: tls.agent };
}

function readSound(files: TlsFiles): TlsMaterial {
  const read = readTls(files);
  if ("faults" in read) throw new Error(`The TLS files cannot be used: ${describe(read.faults)}.`);
  return read;
}

function readTls(files: TlsFiles): TlsMaterial | { faults: readonly TlsFault[] } {
  const faults: TlsFault[] = [];
  const read = (file: keyof TlsFiles): Buffer => {
    try {
      return readFileSync(files[file]);
    } catch (err) {
      faults.push({ file, mustBe: `a file that this process can read (${(err as NodeJS.ErrnoException).code})` });
      return Buffer.alloc(0);
    }
  };
  const material = { cert: read("certFile"), key: read("keyFile"), ca: read("caFile") };
  if (faults.length === 0) faults.push(...faultsOf(material));
  return faults.length === 0 ? material : { faults };
}

function faultsOf({ cert, key, ca }: TlsMaterial): TlsFault[] {
  const faults: TlsFault[] = [];
  const [own] = certificatesIn(cert);
  const authorities = certificatesIn(ca);
  const privateKey = attempt(() => createPrivateKey(key));
  if (own === undefined) {
    faults.push({ file: "certFile", mustBe: "a PEM file that begins with a certificate, all of them whole" });
  } else faults.push(...validityFaults("certFile", own));
  if (privateKey === undefined)
    faults.push({ file: "keyFile", mustBe: "a PEM file of a private key without passphrase" });
  else if (own?.checkPrivateKey(privateKey) === false) {
    faults.push({ file: "keyFile", mustBe: "the private key of the certificate in TLS_CERT_FILE" });
  }
  const [first] = authorities;
  if (first === undefined) faults.push({ file: "caFile", mustBe: "a PEM file of CA certificates, all of them whole" });
  else if (authorities.every((authority) => validityFaults("caFile", authority).length > 0)) {
    faults.push(...validityFaults("caFile", first));
  }
  return faults.length === 0 ? contextFaults({ cert, key, ca }) : faults;
}

/** TLS is stricter than X.509, as about weak keys; what it does not take must not reach a server that is running. */
function contextFaults(material: TlsMaterial): TlsFault[] {
  try {
    createSecureContext({ ...material, minVersion: leastTlsVersion });
    return [];
  } catch (err) {
    const { code = "unknown reason" } = err as NodeJS.ErrnoException;
    return [{ file: "certFile", mustBe: `a certificate that TLS takes (${code})` }];
  }
}

function validityFaults(file: keyof TlsFiles, { validFromDate, validToDate }: X509Certificate): TlsFault[] {
  const now = Date.now();
  if (validToDate.getTime() <= now) {
    return [{ file, mustBe: `a certificate that is valid now: it expired at ${validToDate.toISOString()}` }];
  }
  if (validFromDate.getTime() > now + clockSkewMs) {
    return [{ file, mustBe: `a certificate that is valid now: it becomes so at ${validFromDate.toISOString()}` }];
  }
  return [];
}

/** A new certificate may come from a machine whose clock is ahead. */
const clockSkewMs = 60_000;

/** The certificates of a PEM file; none where one of them cannot be read, or only half of it is written. */
function certificatesIn(pem: Buffer): X509Certificate[] {
  const text = pem.toString("latin1");
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length !== text.split("-----BEGIN CERTIFICATE").length - 1) return [];
  return attempt(() => blocks.map((block) => new X509Certificate(block))) ?? [];
}

/** What is thrown here may quote what was read. */
function attempt<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}

function expiryOf({ cert }: TlsMaterial): Date {
  return new X509Certificate(cert).validToDate;
}

function isSame(one: TlsMaterial, other: TlsMaterial): boolean {
  return one.cert.equals(other.cert) && one.key.equals(other.key) && one.ca.equals(other.ca);
}

/** The variable of each file. */
export const tlsVariables = { certFile: "TLS_CERT_FILE", keyFile: "TLS_KEY_FILE", caFile: "TLS_CA_FILE" } as const;

function describe(faults: readonly TlsFault[]): string {
  return faults.map(({ file, mustBe }) => `${tlsVariables[file]} must be ${mustBe}`).join("; ");
}
