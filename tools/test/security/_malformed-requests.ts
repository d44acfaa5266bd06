import { gzipSync } from "node:zlib";
import type { Dice } from "./_dice.ts";
import { malformedJson } from "./_malformed-json.ts";

/** A route as a caller knows it. */
export interface Route {
  readonly door: "gateway" | "identity";
  readonly method: string;
  /** With `{name}` where a value goes. */
  readonly path: string;
  readonly query: readonly string[];
  /** A body that is as it should be; undefined where it takes none. */
  readonly good: unknown;
  readonly takes: "json" | "form" | "nothing";
}

export interface Request {
  readonly kind: string;
  readonly door: Route["door"];
  readonly isHead: boolean;
  readonly bytes: Buffer;
}

/** The next request: framed as HTTP wants it, and wrong in whatever else there is. */
export function malformedRequest(dice: Dice, routes: readonly Route[], tokens: readonly string[]): Request {
  const route = dice.pick(routes);
  const method = dice.oneIn(15) ? dice.pick(methods) : route.method;
  const { kind, body } = bodyOf(dice, route);
  const head = [
    `${method} ${targetOf(dice, route)} HTTP/1.1`,
    `host: ${dice.oneIn(40) ? dice.pick(hosts) : "127.0.0.1"}`,
  ];
  const headers = headersOf(dice, route, tokens);
  const sendsBody = route.takes !== "nothing" || dice.oneIn(10);
  const framed = sendsBody ? framedBody(dice, body) : { headers: [], body: Buffer.alloc(0) };
  const lines = [...head, ...headers, ...framed.headers].join("\r\n");
  const bytes = Buffer.concat([Buffer.from(`${lines}\r\n\r\n`, "latin1"), framed.body]);
  return { kind: `${route.method} ${route.path} ${kind}`, door: route.door, isHead: method === "HEAD", bytes };
}

const methods = [
  "GET",
  "POST",
  "PUT",
  "PATCH",
  "DELETE",
  "HEAD",
  "OPTIONS",
  "TRACE",
  "PROPFIND",
  "SEARCH",
  "MKCOL",
  "PURGE",
  "QUERY",
];
const hosts = ["", "localhost:99999", "a".repeat(3000), "evil.example", "127.0.0.1, evil", "[::1]", "\xff"];

function bodyOf(dice: Dice, route: Route): { kind: string; body: Buffer } {
  if (route.takes === "json") return malformedJson(dice, structuredClone(route.good));
  const good = new URLSearchParams((route.good ?? {}) as Record<string, string>).toString();
  const wrong = [
    () => good.slice(0, dice.below(good.length + 1)),
    () => `${good}&${good}`,
    () =>
      `${good}&${dice.pick(["%", "%zz", "%00", "%ff%fe", "=", "&&&&", "a[b]=c", "__proto__=1", "grant_type", "%u0041", ";"])}`,
    () => good.replace(/=[^&]*/, `=${dice.pick(["", "%00", "a".repeat(10_000), "%f0%28%8c%28", "null", "urn:x"])}`),
    () => "a=1&".repeat(dice.below(4000)),
    () => JSON.stringify(route.good ?? {}),
    () => dice.bytes(dice.below(100)),
  ];
  return { kind: "form", body: Buffer.from(dice.pick(wrong)()) };
}

function framedBody(dice: Dice, body: Buffer): { headers: string[]; body: Buffer } {
  const odd = dice.below(30);
  if (odd === 0) {
    const zipped = gzipSync(body);
    return { headers: ["content-encoding: gzip", `content-length: ${zipped.length}`], body: zipped };
  }
  if (odd > 2) return { headers: [`content-length: ${body.length}`], body };
  const chunks: Buffer[] = [];
  const step = 1 + dice.below(Math.max(1, body.length));
  const extension = dice.pick(["", ";x", `;${"a".repeat(50)}=1`]);
  for (let at = 0; at < body.length; at += step) {
    const part = body.subarray(at, at + step);
    chunks.push(Buffer.from(`${part.length.toString(16)}${extension}\r\n`), part, Buffer.from("\r\n"));
  }
  chunks.push(Buffer.from("0\r\n\r\n"));
  return { headers: ["transfer-encoding: chunked"], body: Buffer.concat(chunks) };
}

function targetOf(dice: Dice, { path, query }: Route): string {
  if (dice.oneIn(40)) return dice.pick(oddTargets);
  const filled = path.replaceAll(/\{[^}]+\}/g, () => dice.pick(pathValues));
  const suffix = dice.oneIn(20)
    ? dice.pick(["/", "//", "/..;/", "%00", "%2f", "%ff", "%", "%zz", ".", "?", ";a=b"])
    : "";
  if (query.length === 0 ? !dice.oneIn(20) : dice.oneIn(3)) return filled + suffix;
  const name = query.length === 0 || dice.oneIn(5) ? dice.pick(["x", "__proto__", "a[]", "%00", ""]) : dice.pick(query);
  const value = dice.pick(queryValues);
  return `${filled}${suffix}?${name}=${value}${dice.oneIn(4) ? `&${name}=${dice.pick(queryValues)}` : ""}`;
}

const uuid = "01900000-0000-7000-8000-00000000a11c";
const pathValues = [
  uuid,
  uuid,
  uuid.toUpperCase(),
  "x",
  "0",
  "-1",
  "%00",
  "%ff",
  "%2e%2e",
  "..",
  "a".repeat(300),
  "a".repeat(5000),
  `${uuid}%00`,
  "null",
  "__proto__",
  "%F0%9F%91%A9",
  "*",
  "{id}",
  "%",
  "%E0%A4%A",
];
const queryValues = [
  "",
  "1",
  "0",
  "-1",
  "1e9",
  "NaN",
  "abc",
  "%00",
  "%ff",
  "%",
  "a".repeat(4000),
  "Completed",
  "completed",
  "[]",
  "e30=",
  "MTIz",
  "%F0%9F%91%A9",
  "1,2",
  "__proto__",
  "2147483648",
  "1.5",
  "true",
];
const oddTargets = [
  "/",
  "//",
  "*",
  "/%",
  "/%00",
  "/%ff",
  "/..;/",
  "/../../etc/passwd",
  "/%2e%2e/%2e%2e/",
  "//evil.example/",
  "http://evil.example/",
  "http://127.0.0.1/health",
  "/api/orders/../../health",
  `/${"a".repeat(9000)}`,
  "/api//orders",
  "/API/ORDERS",
  "/api/orders?",
  "/?",
  "/.env",
  "/docs/../../../package.json",
  "/docs/%2e%2e/%2e%2e/package.json",
  "/docs/static/..%2f..%2fpackage.json",
  "/openapi.json/",
  "/\xff\xfe",
];

function headersOf(dice: Dice, { takes }: Route, tokens: readonly string[]): string[] {
  const type = takes === "form" ? "application/x-www-form-urlencoded" : "application/json";
  const headers = [`content-type: ${dice.oneIn(12) ? dice.pick(contentTypes) : type}`];
  if (!dice.oneIn(8)) headers.push(`authorization: Bearer ${dice.pick(tokens)}`);
  if (dice.oneIn(6)) headers.push(...dice.pick(oddHeaders));
  return headers;
}

const contentTypes = [
  "",
  "text/plain",
  "application/json; charset=utf-16",
  "application/json;charset=",
  'application/json; charset="',
  "application/xml",
  "multipart/form-data; boundary=x",
  "multipart/form-data",
  "application/json, application/json",
  "a".repeat(3000),
  "*/*",
  "application/vnd.api+json",
  "APPLICATION/JSON",
  "application/json;",
  "application/",
  "\xff/\xff",
  "application/x-www-form-urlencoded; charset=x",
];

const oddHeaders: readonly (readonly string[])[] = [
  ["authorization: "],
  ["authorization: Bearer"],
  ["authorization: Bearer a.b.c"],
  ["authorization: Basic Og=="],
  ["authorization: Basic !!!"],
  ["authorization: Basic YTpi"],
  [`authorization: Bearer ${"a".repeat(9000)}`],
  ["authorization: Bearer x", "authorization: Bearer y"],
  ["idempotency-key: "],
  [`idempotency-key: ${"k".repeat(256)}`],
  ["idempotency-key: \xe9"],
  ["idempotency-key: a", "idempotency-key: b"],
  ["x-correlation-id: <>"],
  [`x-correlation-id: ${"c".repeat(5000)}`],
  ["traceparent: 00-0-0-0"],
  ["x-forwarded-for: 1.2.3.4"],
  ["x-forwarded-for: ,,\xff"],
  ["if-none-match: *"],
  ['if-none-match: "x", W/"y"'],
  ["if-match: \xff"],
  ["last-event-id: -1"],
  ["last-event-id: 9999999999999999999999"],
  ["accept: text/html"],
  ["accept: \xff"],
  ["accept-encoding: gzip;q=x"],
  ["range: bytes=0-0,1-1,2-2"],
  ["origin: null"],
  ["origin: \xff"],
  ["access-control-request-method: \xff", "origin: x"],
  ["cookie: __proto__=1; a"],
  ["upgrade: websocket", "connection: upgrade"],
  ["upgrade: h2c", "connection: upgrade, http2-settings"],
  ["expect: 100-continue"],
  ["expect: the-unexpected"],
  ["te: trailers"],
  ["trailer: content-length"],
  ["connection: close"],
  ["connection: \xff"],
  ["keep-alive: -1"],
  ["x-http-method-override: DELETE"],
  ["content-encoding: br"],
  ["content-language: \xff"],
  ["__proto__: x"],
  ["constructor: x"],
  Array.from({ length: 90 }, (_, index) => `x-${index}: ${index}`),
  [`x-long: ${"a".repeat(12_000)}`],
];
