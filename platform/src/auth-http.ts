import type { IncomingMessage } from "node:http";
import { request as requestHttps } from "node:https";
import { request as requestHttp } from "./node-http.ts";
import { type Tls, tlsClientOptions } from "./tls.ts";

/** One request to the identity service. */
export interface IdentityRequest {
  method: "GET" | "POST";
  headers?: Readonly<Record<string, string>>;
  /** The form to send. */
  form?: URLSearchParams;
  /** The longest it may take in all, in milliseconds. */
  timeoutMs: number;
  /** The greatest answer, in bytes; default 100,000. */
  maxBytes?: number;
  /** Ends it early. */
  signal: AbortSignal;
  /** By what an https address is known; without it by the authorities that Node brings. */
  tls?: Tls;
}

/** What was answered; a body that is not JSON is undefined. */
export interface IdentityAnswer {
  status: number;
  /** The version of what was answered, where it has one; sent as `if-none-match` it is answered 304 while it is that. */
  etag?: string;
  body: unknown;
}

const usualMaxBytes = 100_000;

/**
 * Asks the identity service, over a connection of its own where that is plaintext. Node's `fetch` would do the same, but its
 * first use costs each service 15 MB of memory.
 */
export function askIdentity(url: string, options: IdentityRequest): Promise<IdentityAnswer> {
  const { method, form, signal, timeoutMs, tls, maxBytes = usualMaxBytes } = options;
  const isSecure = url.startsWith("https:");
  const request = isSecure ? requestHttps : requestHttp;
  const security = isSecure && tls ? tlsClientOptions(tls) : {};
  const type = form === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" };
  return new Promise((resolve, reject) => {
    const req = request(url, { method, headers: { ...type, ...options.headers }, agent: false, signal, ...security });
    const timer = setTimeout(() => req.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    req.on("close", () => clearTimeout(timer));
    req.on("error", reject);
    req.on("response", (res) => {
      const { statusCode: status = 0, headers } = res;
      readJson(res, maxBytes).then((body) => resolve({ status, etag: headers.etag, body }), reject);
    });
    req.end(form?.toString());
  });
}

async function readJson(res: IncomingMessage, maxBytes: number): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of res as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new Error(`The answer has more than ${maxBytes} bytes.`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    // The caller says what it expected instead.
    return undefined;
  }
}
