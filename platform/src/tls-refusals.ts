/** What the text of a failed connection says of it, the most telling first; in our own words, which name no address. */
const refusals: readonly (readonly [RegExp, string])[] = [
  [/ERR_TLS_CERT_ALTNAME_INVALID/, "The server's certificate is not for the name that it was called by."],
  [/certificate has expired/i, "The server's certificate has expired."],
  [/certificate is not yet valid/i, "The server's certificate is not valid yet."],
  [
    /unable to (get|verify)|self.signed certificate|certificate signature failure/i,
    "The server's certificate was signed by no CA of TLS_CA_FILE.",
  ],
  [/alert certificate required/i, "The server demands a certificate, and this process has none."],
  [/alert (unknown ca|bad certificate|certificate \w+)/i, "The server does not take this process's certificate."],
  [/wrong version number|packet length too long/i, "The server does not speak TLS, and this process does."],
  [
    /Last error: (Failed to connect|Socket closed|Connection closed)/,
    "The server closed the connection at once: it is going away, or it demands TLS, or a certificate by a CA that it knows.",
  ],
];

/** Why no connection came about; undefined where TLS has nothing to do with it. */
export function whyNotConnected(details: string): string | undefined {
  return refusals.find(([pattern]) => pattern.test(details))?.[1];
}
