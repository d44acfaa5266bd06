import { type Forge, type ForgedToken, from } from "./forge.ts";

/** Tokens that the issuer signed, but not for this door, not for this time, or not as an access token. */
export function forgedClaims(forge: Forge): ForgedToken[] {
  const { signed } = forge;
  if (signed === undefined) return [];
  const saying = (claims: object) => signed({ claims });
  return [
    ...times(saying),
    ...places(saying, forge.claims),
    ...neighbours(saying, forge),
    ...subjects(saying, forge.claims),
    ...types((header, claims) => signed({ header, claims })),
  ];
}

type Saying = (claims: object) => string;

function times(saying: Saying): ForgedToken[] {
  const now = Math.floor(Date.now() / 1000);
  return [
    ...from("RFC 7519, 4.1.4; RFC 9068, 2.2: exp is required, a number, and ahead", [
      ["a token that ended a minute ago", saying({ iat: now - 660, exp: now - 60 })],
      ["a token that ended a day ago", saying({ iat: now - 87_000, exp: now - 86_400 })],
      ["an end at the beginning of time", saying({ exp: 0 })],
      ["an end before the beginning of time", saying({ exp: -now })],
      ["no exp", saying({ exp: undefined })],
      ["exp null", saying({ exp: null })],
      ["exp as text", saying({ exp: String(now + 600) })],
      ["exp as a list", saying({ exp: [now + 600] })],
      ["exp true", saying({ exp: true })],
    ]),
    ...from("RFC 7519, 4.1.5 and 4.1.6; RFC 9068, 2.2: nothing from the future", [
      ["a token not valid for another minute", saying({ nbf: now + 60 })],
      ["nbf as text", saying({ nbf: String(now - 60) })],
      ["nbf null", saying({ nbf: null })],
      ["a token issued a minute from now", saying({ iat: now + 60 })],
      ["iat as text", saying({ iat: String(now) })],
      ["no iat", saying({ iat: undefined })],
    ]),
  ];
}

function places(saying: Saying, { aud, iss }: Record<string, unknown>): ForgedToken[] {
  return [
    ...from("RFC 7519, 4.1.3; RFC 8725, 3.9: aud is this door's", [
      ["another audience", saying({ aud: "elsewhere" })],
      ["the audience of a service that there is not", saying({ aud: "warehouse-service" })],
      ["no aud", saying({ aud: undefined })],
      ["an empty aud", saying({ aud: "" })],
      ["aud null", saying({ aud: null })],
      ["aud as a list of the right one", saying({ aud: [aud] })],
      ["aud as a list with the right one in it", saying({ aud: ["elsewhere", aud] })],
      ["aud as an empty list", saying({ aud: [] })],
      ["aud in capitals", saying({ aud: String(aud).toUpperCase() })],
      ["aud with a blank after it", saying({ aud: `${aud} ` })],
      ["aud as a list in one text", saying({ aud: "shop-api shop-internal" })],
      ["aud *", saying({ aud: "*" })],
    ]),
    ...from("RFC 7519, 4.1.1; RFC 8725, 3.8: iss is the issuer's, letter by letter", [
      ["another issuer", saying({ iss: "https://attacker.example" })],
      ["no iss", saying({ iss: undefined })],
      ["an empty iss", saying({ iss: "" })],
      ["iss as a list", saying({ iss: [iss] })],
      ["iss in capitals", saying({ iss: String(iss).toUpperCase() })],
      ["iss with a slash after it", saying({ iss: `${iss}/` })],
      ["iss that begins with the right one", saying({ iss: `${iss}.attacker.example` })],
    ]),
  ];
}

const services = [
  "order-service",
  "inventory-service",
  "payment-service",
  "shipping-service",
  "notification-service",
  "identity-service",
  "gateway",
];

/** Exchanged tokens (RFC 8693) that are for one other service. */
function neighbours(saying: Saying, { claims, door }: Forge): ForgedToken[] {
  if (door === undefined) return [];
  const user = { sub: "01900000-0000-7000-8000-00000000a11c", role: "Admin" };
  const others = services.filter((name) => name !== door);
  return from("RFC 8693, 2.1; RFC 8725, 3.9: a token for one service opens no other", [
    ...others.map((aud) => [`a token for ${aud}`, saying({ aud })] as const),
    ...others.map((aud) => [`an exchanged token for ${aud}`, saying({ ...user, aud, act: { sub: aud } })] as const),
    [`a token for ${door} that nobody exchanged`, saying({ ...claims, ...user, act: undefined, aud: door })],
  ]);
}

function subjects(saying: Saying, claims: Record<string, unknown>): ForgedToken[] {
  const anybody = from("RFC 9068, 2.2: sub and jti are required", [
    ["no sub", saying({ sub: undefined })],
    ["an empty sub", saying({ sub: "" })],
    ["sub as a number", saying({ sub: 1 })],
    ["sub as a list", saying({ sub: [claims.sub] })],
    ["sub as an object", saying({ sub: { id: claims.sub } })],
    ["no jti", saying({ jti: undefined })],
    ["an empty jti", saying({ jti: "" })],
    ["jti as a number", saying({ jti: 1 })],
    ["sid as a list", saying({ sid: ["login"] })],
  ]);
  if (claims.aud === "shop-internal") {
    const asUser = from("RFC 8725, 3.9: a service's token is no user's", [
      ["a service's token for the users' door", saying({ aud: "shop-api" })],
    ]);
    return [...anybody, ...asUser];
  }
  return [
    ...anybody,
    ...from("a user is known by a UUID and has one of three roles", [
      ["a sub that is no UUID", saying({ sub: "alice" })],
      ["a sub with SQL", saying({ sub: "' OR '1'='1" })],
      ["a sub with more after the UUID", saying({ sub: `${claims.sub}/../` })],
      ["no role", saying({ role: undefined })],
      ["a role that there is not", saying({ role: "root" })],
      ["the role admin in small letters", saying({ role: "admin" })],
      ["the role as a list", saying({ role: ["Admin"] })],
      ["the role __proto__", saying({ role: "__proto__" })],
    ]),
    ...from("RFC 8693, 4.1: act names who acts", [
      ["act as text", saying({ act: "order-service" })],
      ["act without sub", saying({ act: {} })],
      ["act with a sub that is no text", saying({ act: { sub: 1 } })],
      ["act null", saying({ act: null })],
    ]),
  ];
}

function types(signed: (header: object, claims: object) => string): ForgedToken[] {
  return from("RFC 9068, 4; RFC 8725, 3.11: typ tells what a token is for", [
    ["typ JWT", signed({ typ: "JWT" }, {})],
    ["no typ", signed({ typ: undefined }, {})],
    ["an empty typ", signed({ typ: "" }, {})],
    ["typ null", signed({ typ: null }, {})],
    ["typ as a list", signed({ typ: ["at+jwt"] }, {})],
    ["typ with more after it", signed({ typ: "at+jwt+x" }, {})],
    ["typ with a line break after it", signed({ typ: "at+jwt\n" }, {})],
    ["a refresh token as a JWT", signed({ typ: "rt+jwt" }, { token_use: "refresh" })],
    ["an id token", signed({ typ: "JWT" }, { nonce: "n-0S6_WzA2Mj", auth_time: 0 })],
    ["an id token whose cty tells so", signed({ typ: undefined, cty: "id+jwt" }, {})],
    ["a logout token", signed({ typ: "logout+jwt" }, { events: {} })],
    ["a proof of possession", signed({ typ: "dpop+jwt" }, { htm: "POST", htu: "/" })],
    ["a security event token", signed({ typ: "secevent+jwt" }, {})],
  ]);
}
