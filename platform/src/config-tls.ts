import { textField } from "./config.ts";
import { type TlsFiles, tlsFaults, tlsVariables } from "./tls.ts";

/** The variables of a service that speaks TLS with the others where these are set. */
export const tlsEnv = {
  TLS_CERT_FILE: tlsFile("The certificate of this process, PEM, with which it answers and with which it calls"),
  TLS_KEY_FILE: tlsFile("Its private key, PEM, without a passphrase"),
  TLS_CA_FILE: tlsFile("The CA that signs the certificates of all services, PEM; whoever has one of its is let in"),
};

/** Whether a door that customers reach demands a certificate of whoever calls it; spread it in beside {@link tlsEnv}. */
export const tlsDoorEnv = {
  TLS_CLIENT_CERTIFICATE: textField("required or none", (text) =>
    text === "required" || text === "none" ? text : undefined,
  )
    .default("none")
    .describe(
      "With TLS: whether callers of this door need a certificate by TLS_CA_FILE, as a proxy may have one; customers have none",
    ),
};

/** The values of {@link tlsEnv}. */
export interface TlsValues {
  readonly TLS_CERT_FILE?: string | undefined;
  readonly TLS_KEY_FILE?: string | undefined;
  readonly TLS_CA_FILE?: string | undefined;
}

/** The rule of every service that may speak TLS: all three files or none, and fit for use. */
export function soundTlsRules(
  read: Readonly<Partial<TlsValues>>,
  fault: (variable: keyof TlsValues, mustBe: string) => void,
): void {
  const variables = Object.values(tlsVariables);
  const given = variables.find((variable) => read[variable] !== undefined);
  if (given === undefined) return;
  for (const variable of variables) {
    if (read[variable] === undefined)
      fault(variable, `the path of a file where ${given} is set: the three go together`);
  }
  const files = tlsSettings(read);
  for (const { file, mustBe } of files ? tlsFaults(files) : []) fault(tlsVariables[file], mustBe);
}

/** The rule of those that call the identity service: where there is TLS, no secret and no token is sent without it. */
export function identityOverTls(
  { IDENTITY_URL, TLS_CERT_FILE }: Readonly<Partial<TlsValues & { IDENTITY_URL: string }>>,
  fault: (variable: "IDENTITY_URL", mustBe: string) => void,
): void {
  const isPlain = IDENTITY_URL?.startsWith("http:") ?? false;
  if (TLS_CERT_FILE !== undefined && isPlain) fault("IDENTITY_URL", "an https URL where TLS_CERT_FILE is set");
}

/** What the variables of {@link tlsEnv} say; undefined where they are not set. */
export function tlsSettings(read: TlsValues): TlsFiles | undefined {
  const { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile, TLS_CA_FILE: caFile } = read;
  return certFile && keyFile && caFile ? { certFile, keyFile, caFile } : undefined;
}

/** The files of a service that customers reach, and whether whoever calls it needs a certificate. */
export interface TlsDoorSettings extends TlsFiles {
  readonly needsClientCertificate: boolean;
}

/** The same with what {@link tlsDoorEnv} says. */
export function tlsDoorSettings(
  read: TlsValues & { TLS_CLIENT_CERTIFICATE: "required" | "none" },
): TlsDoorSettings | undefined {
  const files = tlsSettings(read);
  return files && { ...files, needsClientCertificate: read.TLS_CLIENT_CERTIFICATE === "required" };
}

function tlsFile(description: string) {
  return textField("the path of a file", (text) => text)
    .optional()
    .meta({ description, unset: "plaintext: the three files of TLS are set together or not at all" });
}
