import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { isIPv4 } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { der } from "./der.ts";

/** A certificate and its key, PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** What is asked of an authority. */
export interface CertificateRequest {
  /** The names and IPv4 addresses it is for. Default: localhost and 127.0.0.1. */
  readonly names?: readonly string[];
  /** Default: an hour ago. */
  readonly from?: Date;
  /** Default: in a day. */
  readonly until?: Date;
  /** An RSA key of so many bits, where it shall not be one of P-256. */
  readonly rsaBits?: number;
}

/** A CA of a test's own. */
export interface Authority {
  /** Its own certificate, PEM. */
  readonly cert: string;
  issue(request?: CertificateRequest): Certificate;
}

/** The three files of a process. */
export interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
  readonly caFile: string;
  /** The same as variables of a service. */
  readonly env: Readonly<Record<"TLS_CERT_FILE" | "TLS_KEY_FILE" | "TLS_CA_FILE", string>>;
  /** Puts other contents into them. */
  write(certificate: Certificate, ca: string): void;
  remove(): void;
}

const hourMs = 3_600_000;

/** Makes an authority; none knows another. */
export function createAuthority(name = "a test's CA"): Authority {
  const own = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const valid = { from: new Date(Date.now() - 2 * hourMs), until: new Date(Date.now() + 48 * hourMs) };
  const authority = { subject: name, issuer: name, issuerKey: own.privateKey };
  return {
    cert: certificate({ ...authority, ...valid, publicKey: own.publicKey, extensions: authorityExtensions() }),
    issue({
      names = ["localhost", "127.0.0.1"],
      from = new Date(Date.now() - hourMs),
      until = new Date(Date.now() + 24 * hourMs),
      rsaBits,
    } = {}) {
      const { publicKey, privateKey } = newKeys(rsaBits);
      const extensions = endExtensions(names);
      return {
        cert: certificate({ ...authority, subject: names[0] ?? "nobody", from, until, publicKey, extensions }),
        key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
      };
    },
  };
}

function newKeys(rsaBits: number | undefined) {
  if (rsaBits === undefined) return generateKeyPairSync("ec", { namedCurve: "P-256" });
  return generateKeyPairSync("rsa", { modulusLength: rsaBits });
}

/** Files of a process that has this certificate and knows this authority. */
export function writeCertificates(own: Certificate, authority: Pick<Authority, "cert">): CertificateFiles {
  const folder = mkdtempSync(join(tmpdir(), "shop-test-tls-"));
  const [certFile, keyFile, caFile] = ["tls.crt", "tls.key", "ca.crt"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  const files: CertificateFiles = {
    certFile,
    keyFile,
    caFile,
    env: { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile, TLS_CA_FILE: caFile },
    write({ cert, key }, ca) {
      writeFileSync(certFile, cert);
      writeFileSync(keyFile, key);
      writeFileSync(caFile, ca);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
  files.write(own, authority.cert);
  return files;
}

interface Contents {
  readonly subject: string;
  readonly issuer: string;
  readonly issuerKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly from: Date;
  readonly until: Date;
  readonly extensions: readonly Buffer[];
}

const ecdsaWithSha256 = der.sequence(der.id("1.2.840.10045.4.3.2"));

/** A certificate of X.509, version 3 (RFC 5280, 4.1). */
function certificate({ subject, issuer, issuerKey, publicKey, from, until, extensions }: Contents): string {
  const signed = der.sequence(
    der.tagged(0, false, der.integer(Buffer.from([2]))),
    der.integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    ecdsaWithSha256,
    commonName(issuer),
    der.sequence(der.time(from), der.time(until)),
    commonName(subject),
    publicKey.export({ type: "spki", format: "der" }),
    der.tagged(3, false, der.sequence(...extensions)),
  );
  const signature = sign("sha256", signed, { key: issuerKey, dsaEncoding: "der" });
  const bytes = der.sequence(signed, ecdsaWithSha256, der.bits(signature));
  const lines = bytes.toString("base64").match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}

function commonName(name: string): Buffer {
  return der.sequence(der.set(der.sequence(der.id("2.5.4.3"), der.text(name))));
}

/** It may sign certificates (basicConstraints, keyUsage). */
function authorityExtensions(): Buffer[] {
  return [
    extension("2.5.29.19", true, der.sequence(der.boolean(true))),
    extension("2.5.29.15", true, Buffer.from([0x03, 0x02, 0x01, 0x06])),
  ];
}

/** It is for these names (subjectAltName), for servers and for clients (extKeyUsage). */
function endExtensions(names: readonly string[]): Buffer[] {
  const alternatives = names.map((name) =>
    isIPv4(name)
      ? der.tagged(7, true, Buffer.from(name.split(".").map(Number)))
      : der.tagged(2, true, Buffer.from(name, "latin1")),
  );
  return [
    extension("2.5.29.17", false, der.sequence(...alternatives)),
    extension("2.5.29.37", false, der.sequence(der.id("1.3.6.1.5.5.7.3.1"), der.id("1.3.6.1.5.5.7.3.2"))),
  ];
}

function extension(id: string, isCritical: boolean, value: Buffer): Buffer {
  return der.sequence(der.id(id), ...(isCritical ? [der.boolean(true)] : []), der.octets(value));
}
