import { createAuthority, writeCertificates } from "@shop/testkit/certificates";
import { z } from "zod";
import { ConfigError, httpUrl, parseEnv } from "./config.ts";
import { identityOverTls, soundTlsRules, tlsDoorEnv, tlsDoorSettings, tlsEnv, tlsSettings } from "./config-tls.ts";

const schema = z.object({ ...tlsEnv, ...tlsDoorEnv, IDENTITY_URL: httpUrl });
const ca = createAuthority();
const own = ca.issue();
const files = writeCertificates(own, ca);
const url = { IDENTITY_URL: "https://identity:9085" };

afterEach(() => files.write(own, ca.cert));
afterAll(() => files.remove());

function faultsOf(env: NodeJS.ProcessEnv): readonly string[] {
  try {
    parseEnv(schema, env, soundTlsRules, identityOverTls);
    return [];
  } catch (err) {
    if (err instanceof ConfigError) return err.faults;
    throw err;
  }
}

test("gives the three files, or nothing where none is set", () => {
  const { certFile, keyFile, caFile } = files;
  const read = parseEnv(schema, { ...files.env, ...url }, soundTlsRules, identityOverTls);
  expect(tlsSettings(read)).toEqual({ certFile, keyFile, caFile });
  expect(read.TLS_CLIENT_CERTIFICATE).toBe("none");
  expect(
    tlsSettings(parseEnv(schema, { IDENTITY_URL: "http://identity:9085" }, soundTlsRules, identityOverTls)),
  ).toBeUndefined();
});

test("names each file that is missing where another is set", () => {
  const { TLS_CERT_FILE, TLS_CA_FILE } = files.env;
  expect(faultsOf({ TLS_CERT_FILE, TLS_CA_FILE, ...url })).toEqual([
    "TLS_KEY_FILE is not set and must be the path of a file where TLS_CERT_FILE is set: the three go together",
  ]);
  expect(faultsOf({ TLS_CA_FILE, ...url })).toHaveLength(2);
});

test("refuses to tell identity its secret without TLS, and a value that is neither required nor none", () => {
  expect(faultsOf({ ...files.env, IDENTITY_URL: "http://identity:9085" })).toEqual([
    "IDENTITY_URL must be an https URL where TLS_CERT_FILE is set",
  ]);
  expect(faultsOf({ ...url, TLS_CLIENT_CERTIFICATE: "optional" })).toEqual([
    "TLS_CLIENT_CERTIFICATE must be required or none",
  ]);
});

describe("files that cannot be used", () => {
  const hourMs = 3_600_000;
  const at = (hours: number) => new Date(Date.now() + hours * hourMs);
  const past = ca.issue({ from: at(-3), until: at(-2) });
  const future = ca.issue({ from: at(2), until: at(3) });
  const other = ca.issue();

  it.each([
    ["a certificate that has expired", past, ca.cert, /^TLS_CERT_FILE must be .* valid now: it expired at \d{4}-/],
    ["a certificate of the future", future, ca.cert, /^TLS_CERT_FILE must be .* valid now: it becomes so at \d{4}-/],
    ["the key of another", { cert: own.cert, key: other.key }, ca.cert, /^TLS_KEY_FILE must be the private key of the/],
    ["a key that is none", { cert: own.cert, key: "secret-text" }, ca.cert, /^TLS_KEY_FILE must be a PEM file of a/],
    ["a certificate that is none", { cert: own.key, key: own.key }, ca.cert, /^TLS_CERT_FILE must be a PEM file/],
    ["a CA that is none", own, "nothing", /^TLS_CA_FILE must be a PEM file of CA certificates/],
    ["a CA that has expired", own, past.cert, /^TLS_CA_FILE must be .* it expired at/],
  ])("are told by their variable, and nothing of them is shown: %s", (_, certificate, authority, fault) => {
    files.write(certificate, authority);
    const faults = faultsOf({ ...files.env, ...url });
    expect(faults).toEqual([expect.stringMatching(fault)]);
    expect(faults.join()).not.toMatch(/secret-text|BEGIN|MII/);
  });

  it("are told where there are none", () => {
    expect(faultsOf({ ...files.env, TLS_KEY_FILE: "/nowhere/tls.key", ...url })).toEqual([
      "TLS_KEY_FILE must be a file that this process can read (ENOENT)",
    ]);
  });

  it("are those of an old CA only where no newer one stands beside it", () => {
    files.write(own, `${past.cert}${ca.cert}`);
    expect(faultsOf({ ...files.env, ...url })).toEqual([]);
  });

  it.each([
    ["required", true],
    ["none", false],
  ] as const)("say with TLS_CLIENT_CERTIFICATE whether a door demands one of its callers: %s", (word, isNeeded) => {
    const settings = tlsDoorSettings({ ...files.env, TLS_CLIENT_CERTIFICATE: word });
    expect(settings).toMatchObject({ needsClientCertificate: isNeeded, certFile: files.certFile });
    expect(tlsDoorSettings({ TLS_CLIENT_CERTIFICATE: word })).toBeUndefined();
  });
});
