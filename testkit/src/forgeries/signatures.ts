import { encodePart, type Forge, type ForgedToken, from } from "./forge.ts";

/** The order of the curve P-256 (FIPS 186-5): a signature's halves are below it. */
const order = Buffer.from("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", "hex");

/** Tokens with the real key's name under a signature that is not the real one, or not written as it has to be. */
export function forgedSignatures(forge: Forge): ForgedToken[] {
  return [...psychic(forge), ...misshapen(forge), ...rewritten(forge), ...tampered(forge)];
}

/** Signatures whose halves are zero, or zero by the curve's order: they fit every message where nobody looks. */
function psychic({ header, fresh }: Forge): ForgedToken[] {
  const zero = Buffer.alloc(32);
  const one = Buffer.concat([Buffer.alloc(31), Buffer.from([1])]);
  const under = (...halves: Buffer[]) =>
    `${encodePart({ ...header, alg: "ES256" })}.${encodePart(fresh())}.${Buffer.concat(halves).toString("base64url")}`;
  return from("CVE-2022-21449: r and s have to lie between 1 and the curve's order", [
    ["an ES256 signature of 64 zero bytes", under(zero, zero)],
    ["an ES256 signature of zeros in DER", under(Buffer.from("3006020100020100", "hex"))],
    ["an ES256 signature of r = 0 and s = 1", under(zero, one)],
    ["an ES256 signature of r = 1 and s = 0", under(one, zero)],
    ["an ES256 signature of r = s = 1", under(one, one)],
    ["an ES256 signature of r = s = the curve's order", under(order, order)],
    ["an ES256 signature of r = 0 and s = the curve's order", under(zero, order)],
    ["an ES256 signature of 64 bytes of ones", under(Buffer.alloc(64, 0xff))],
    ["a signature of one zero byte", under(Buffer.alloc(1))],
    ["a signature of 256 zero bytes", under(Buffer.alloc(256))],
  ]);
}

/** The real signature of the real text, cut, extended or taken apart. */
function misshapen({ parts: [header, payload, signature] }: Forge): ForgedToken[] {
  const bytes = Buffer.from(signature, "base64url");
  const half = bytes.length / 2;
  const under = (other: Buffer) => `${header}.${payload}.${other.toString("base64url")}`;
  return from("RFC 7515, 5.2; RFC 7518, 3.4: a signature of exactly the algorithm's form", [
    ["the real signature without its last byte", under(bytes.subarray(0, -1))],
    ["the real signature without its first byte", under(bytes.subarray(1))],
    ["the first half of the real signature", under(bytes.subarray(0, half))],
    ["the real signature and a zero byte", under(Buffer.concat([bytes, Buffer.alloc(1)]))],
    ["a zero byte and the real signature", under(Buffer.concat([Buffer.alloc(1), bytes]))],
    ["the real signature twice", under(Buffer.concat([bytes, bytes]))],
    [
      "the halves of the real signature exchanged",
      under(Buffer.concat([bytes.subarray(half), bytes.subarray(0, half)])),
    ],
    ["the real signature in DER", under(derOf(bytes))],
    ["the real signature with its last bit turned", under(withLastBitTurned(bytes))],
  ]);
}

/** The real token in other letters: two texts that decode alike must not both be it. */
function rewritten({ valid, parts: [header, payload, signature] }: Forge): ForgedToken[] {
  const bytes = Buffer.from(signature, "base64url");
  return [
    ...from("RFC 7515, 2: base64url without padding, line breaks, blanks or other characters", [
      ["padding after the signature", `${valid}==`],
      ["one = after the signature", `${valid}=`],
      ["padding after the header", `${header}==.${payload}.${signature}`],
      ["the signature as hexadecimal", `${header}.${payload}.${bytes.toString("hex")}`],
      ["a blank between the parts", `${header}. ${payload}.${signature}`],
      ["a blank inside the signature", `${valid.slice(0, -4)} ${valid.slice(-4)}`],
      ["a + inside the signature", `${valid.slice(0, -4)}+${valid.slice(-4)}`],
      ["a ! inside the signature", `${valid.slice(0, -4)}!${valid.slice(-4)}`],
      ["a % escape for a point", `${header}%2E${payload}.${signature}`],
    ]),
    ...from("RFC 4648, 3.5: unused bits of the last character are zero", [
      ["stray bits in the signature's last character", withStrayBits(valid)],
    ]),
    ...from("RFC 7515, 7.1: three parts", [
      ["a fourth part", `${valid}.${signature}`],
      ["an empty fourth part", `${valid}.`],
      ["an empty first part", `.${header}.${payload}.${signature}`],
      ["an empty header", `.${payload}.${signature}`],
      ["an empty payload", `${header}..${signature}`],
      ["five parts, as an encrypted token has", `${header}.${payload}.${signature}.${payload}.${signature}`],
    ]),
    ...from("RFC 7515, 7.2: the JSON forms are not for the wire here", [
      ["the flattened JSON form", JSON.stringify({ protected: header, payload, signature })],
      ["the general JSON form", JSON.stringify({ payload, signatures: [{ protected: header, signature }] })],
    ]),
  ];
}

/** The real signature over a text that was changed after it. */
function tampered({ header, claims, parts: [first, second, third] }: Forge): ForgedToken[] {
  const saying = (changes: object) => `${first}.${encodePart({ ...claims, ...changes })}.${third}`;
  const now = Math.floor(Date.now() / 1000);
  return from("RFC 7515, 5.2: the signature covers every byte", [
    ["the role Admin written in", saying({ role: "Admin" })],
    ["all scopes written in", saying({ scope: "inventory payments shipping notifications profiles" })],
    ["another subject written in", saying({ sub: "01900000-0000-7000-8000-0000000000ff" })],
    ["another audience written in", saying({ aud: claims.aud === "shop-api" ? "shop-internal" : "shop-api" })],
    ["a later end written in", saying({ exp: now + 86_400 })],
    ["another id written in", saying({ jti: "another" })],
    ["the same claims in another order", `${first}.${encodePart(reversed(claims))}.${third}`],
    ["the same claims with blanks", `${first}.${encodePart(JSON.stringify(claims, undefined, 1))}.${third}`],
    ["another header over the real signature", `${encodePart({ ...header, cty: "JWT" })}.${second}.${third}`],
    ["header and payload exchanged", `${second}.${first}.${third}`],
  ]);
}

function reversed(claims: object): object {
  return Object.fromEntries(Object.entries(claims).reverse());
}

function derOf(raw: Buffer): Buffer {
  const integers = [raw.subarray(0, raw.length / 2), raw.subarray(raw.length / 2)].map((half) => {
    const bytes = Buffer.concat([Buffer.alloc(1), half]);
    return Buffer.concat([Buffer.from([2, bytes.length]), bytes]);
  });
  const content = Buffer.concat(integers);
  return Buffer.concat([Buffer.from([0x30, content.length]), content]);
}

function withLastBitTurned(bytes: Buffer): Buffer {
  const turned = Buffer.from(bytes);
  turned[turned.length - 1] = (turned.at(-1) ?? 0) ^ 1;
  return turned;
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** The last character carries only some of the last byte's bits; its others are nobody's, and zero. */
function withStrayBits(token: string): string {
  const last = alphabet.indexOf(token.slice(-1));
  return `${token.slice(0, -1)}${alphabet[last ^ 1]}`;
}
