import { type IncomingMessage, request } from "node:http";

/** All that came back for one request, as it stood on the wire. */
export interface HttpAnswer {
  readonly status: number;
  /** Each header as `name: value`, in small letters, in their order. */
  readonly headers: readonly string[];
  readonly body: string;
}

export interface HttpRequest {
  readonly method: string;
  /** A list is sent as one header each. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Uint8Array;
  /** Ends the reading of an answer that has no end of its own, such as a stream of events. */
  readonly readForMs?: number;
}

const LIMIT_MS = 20_000;

/** Sends a request with exactly these headers and reads the answer. It ends within 20 s; a connection that breaks throws. */
export function sendHttp(url: string, { method, headers = {}, body, readForMs }: HttpRequest): Promise<HttpAnswer> {
  const { host } = new URL(url);
  const pairs = Object.entries({ host, connection: "close", ...headers }).flatMap(([name, value]) =>
    [value].flat().flatMap((one) => [name, String(one)]),
  );
  const length =
    body === undefined && method !== "POST" ? [] : ["content-length", String(Buffer.byteLength(body ?? ""))];
  return new Promise((resolve, reject) => {
    const req = request(url, { method, headers: [...pairs, ...length], agent: false });
    const timer = setTimeout(() => req.destroy(new Error(`no answer within ${LIMIT_MS} ms`)), LIMIT_MS);
    req.on("close", () => clearTimeout(timer));
    req.on("error", reject);
    req.on("response", (res) => {
      readBody(res, readForMs).then((text) => {
        resolve({ status: res.statusCode ?? 0, headers: headersOf(res), body: text });
        req.destroy();
      }, reject);
    });
    req.end(body);
  });
}

async function readBody(res: IncomingMessage, readForMs: number | undefined): Promise<string> {
  const chunks: Buffer[] = [];
  const timer = readForMs === undefined ? undefined : setTimeout(() => res.destroy(), readForMs);
  try {
    for await (const chunk of res as AsyncIterable<Buffer>) chunks.push(chunk);
  } catch (err) {
    // A stream of events is left when it was read for long enough.
    if (readForMs === undefined) throw err;
  } finally {
    clearTimeout(timer);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function headersOf({ rawHeaders }: IncomingMessage): string[] {
  const pairs = Array.from({ length: rawHeaders.length / 2 }, (_, index) => rawHeaders.slice(2 * index, 2 * index + 2));
  return pairs.map(([name = "", value = ""]) => `${name.toLowerCase()}: ${value}`);
}
