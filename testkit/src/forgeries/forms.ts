import { randomBytes } from "node:crypto";
import { attackerKey, compact, encodePart, type Forge, type ForgedToken, from, signerOf } from "./forge.ts";

/** Texts that are no token, and tokens whose header or payload is not what it has to be. */
export function forgedForms(forge: Forge): ForgedToken[] {
  return [...noTokens(forge), ...tooLong(forge), ...headers(forge), ...extensions(forge), ...payloads(forge)];
}

function noTokens({ header, parts }: Forge): ForgedToken[] {
  return [
    ...from("RFC 7519, 7.2: what is no token", [
      ["no text", "undefined"],
      ["null", "null"],
      ["two points", ".."],
      ["three letters", "a.b.c"],
      ["an object's text", "[object"],
      ["a header alone", parts[0]],
      ["base64 that is no JSON", `${Buffer.from("no JSON").toString("base64url")}.${parts[1]}.${parts[2]}`],
      ["a header that is a list", `${encodePart([header])}.${parts[1]}.${parts[2]}`],
      ["a header that is null", `${encodePart("null")}.${parts[1]}.${parts[2]}`],
      ["a header that is a text", `${encodePart('"at+jwt"')}.${parts[1]}.${parts[2]}`],
      ["a header that does not end", `${encodePart('{"alg":"ES256"')}.${parts[1]}.${parts[2]}`],
      ["a header of 1,000 lists in each other", `${encodePart("[".repeat(1000))}.${parts[1]}.${parts[2]}`],
    ]),
    ...from("RFC 6749, 1.5: a refresh token opens no resource", [
      ["a refresh token as an access token", randomBytes(32).toString("base64url")],
      ["a refresh token with a name before it", `rt_${randomBytes(32).toString("base64url")}`],
    ]),
    ...from("RFC 6750, 2.1: only the bearer's token", [
      ["a name and a password", Buffer.from("a:b").toString("base64")],
    ]),
  ];
}

/** Above 8 kB but small enough for a request's header to be read at all. */
function tooLong({ header, fresh, signed }: Forge): ForgedToken[] {
  const filler = "x".repeat(6200);
  const own = signerOf("ES256", attackerKey("P-256").privateKey);
  return from("RFC 8725, 3.1: no work for what cannot be a token of ours", [
    ["more than 8 kB of claims, by the attacker's key", compact({ ...header, alg: "ES256" }, fresh({ filler }), own)],
    ["more than 8 kB of header, by the attacker's key", compact({ ...header, alg: "ES256", filler }, fresh(), own)],
    ["more than 8 kB of one letter", "a".repeat(8400)],
    ["more than 8 kB of points", ".".repeat(8400)],
    ...(signed === undefined ? [] : [["more than 8 kB, by the real key", signed({ claims: { filler } })] as const]),
  ]);
}

/** Headers that the issuer never writes, signed as if it had. */
function headers({ sign, header, fresh }: Forge): ForgedToken[] {
  if (sign === undefined) return [];
  const text = JSON.stringify({ kid: "one", ...header });
  return [
    ...from("RFC 7515, 4: names of header parameters are unique", [
      ["alg twice in the header", sign(`{"alg":"none",${text.slice(1)}`, fresh())],
      ["kid twice in the header", sign(`{"kid":"other",${text.slice(1)}`, fresh())],
      ["typ twice in the header, once escaped", sign(`{"\\u0074yp":"JWT",${text.slice(1)}`, fresh())],
    ]),
    ...from("RFC 7515, 3: the header is UTF-8", [
      ["a header that is not UTF-8", sign(broken(header), fresh())],
      ["a header with a byte order mark", sign(`\ufeff${text}`, fresh())],
    ]),
    ...from("RFC 8725, 3.10: the issuer puts no key and no address into a token", [
      ["jku signed by the real key", sign({ ...header, jku: "http://127.0.0.1:9/keys.json" }, fresh())],
      ["x5u signed by the real key", sign({ ...header, x5u: "http://127.0.0.1:9/certificate" }, fresh())],
      ["jwk signed by the real key", sign({ ...header, jwk: attackerKey("P-256").jwk }, fresh())],
      ["x5c signed by the real key", sign({ ...header, x5c: ["MIIB"] }, fresh())],
    ]),
  ];
}

/** Extensions that must be understood; none is. */
function extensions({ sign, header, claims, fresh }: Forge): ForgedToken[] {
  if (sign === undefined) return [];
  const [first, , signature] = sign({ ...header, b64: false, crit: ["b64"] }, fresh()).split(".");
  return [
    ...from("RFC 7515, 4.1.11: what crit names must be understood", [
      ["crit that names an unknown extension", sign({ ...header, crit: ["shop"], shop: true }, fresh())],
      ["crit that names exp", sign({ ...header, crit: ["exp"], exp: 0 }, fresh())],
      ["an empty crit", sign({ ...header, crit: [] }, fresh())],
      ["crit null", sign({ ...header, crit: null }, fresh())],
      ["crit as text", sign({ ...header, crit: "exp" }, fresh())],
    ]),
    ...from("RFC 7797: a payload that is not encoded", [
      ["b64 false with crit", sign({ ...header, b64: false, crit: ["b64"] }, fresh())],
      ["b64 false without crit", sign({ ...header, b64: false }, fresh())],
      ["b64 false and the payload as it is", `${first}.${JSON.stringify(claims).replaceAll(/[. ]/g, "")}.${signature}`],
    ]),
    ...from("RFC 8725, 3.6: no compressed payload", [
      ["zip in the header", sign({ ...header, zip: "DEF" }, fresh())],
      ["enc in the header", sign({ ...header, enc: "A256GCM" }, fresh())],
    ]),
  ];
}

function payloads({ sign, header, claims, fresh }: Forge): ForgedToken[] {
  if (sign === undefined) return [];
  const saying = (payload: object | string | Buffer) => sign(header, payload);
  const text = () => JSON.stringify(fresh());
  const end = Math.floor(Date.now() / 1000) + 600;
  const otherUser = "01900000-0000-7000-8000-0000000000ff";
  return [
    ...from("RFC 7519, 4; RFC 8725, 2.4: names of claims are unique", [
      ["sub twice in the payload", saying(`{"sub":"${otherUser}",${text().slice(1)}`)],
      ["aud twice in the payload", saying(`{"aud":"elsewhere",${text().slice(1)}`)],
      ["exp twice in the payload", saying(`{"exp":0,${text().slice(1)}`)],
      ["role twice in the payload, once escaped", saying(`{"r\\u006fle":"Admin","role":"Admin",${text().slice(1)}`)],
    ]),
    ...from("RFC 7519, 7.2: the payload is an object in UTF-8", [
      ["a payload that is not UTF-8", saying(broken(fresh()))],
      ["a payload with a byte order mark", saying(`\ufeff${text()}`)],
      ["a payload that is a list", saying([fresh()])],
      ["a payload that is a text", saying(JSON.stringify(text()))],
      ["a payload that is a number", saying("1")],
      ["a payload that is null", saying("null")],
      ["a payload that is an empty object", saying("{}")],
      ["a payload that does not end", saying(text().slice(0, -1))],
      ["a payload with more after its end", saying(`${text()}x`)],
      ["a payload with a comment", saying(`${text()}//`)],
      ["a payload in UTF-16", saying(Buffer.from(text(), "utf16le"))],
      ["an end that is infinite", saying(text().replace(/"exp":\d+/, '"exp":1e999'))],
      ["an end written as no number of JSON's", saying(text().replace(/"exp":\d+/, '"exp":NaN'))],
      ["claims in __proto__", saying(`{"__proto__":${JSON.stringify({ ...claims, exp: end })}}`)],
    ]),
  ];
}

/** JSON with a byte in a text that UTF-8 does not know. */
function broken(object: object): Buffer {
  const text = JSON.stringify({ ...object, note: "?" });
  const bytes = Buffer.from(text);
  bytes[text.lastIndexOf("?")] = 0xff;
  return bytes;
}
