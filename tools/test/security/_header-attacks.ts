import type { RawMetadata } from "./_raw-grpc.ts";

/** A way to bring a token that no door may take for a login. */
export interface HeaderAttack {
  readonly name: string;
  readonly headers: RawMetadata;
}

/** The greatest token that fits twice into the headers that a door reads at all. */
const MOST_TWICE = 7000;

/** Ways to bring a token that is forged: each is refused for what the token is. */
export function bearing(forged: string): HeaderAttack[] {
  const twice = { authorization: [`Bearer ${forged}`, `Bearer ${forged}`] };
  return [
    { name: "Bearer", headers: { authorization: `Bearer ${forged}` } },
    { name: "bearer in small letters", headers: { authorization: `bearer ${forged}` } },
    { name: "BEARER in capitals", headers: { authorization: `BEARER ${forged}` } },
    ...(forged.length > MOST_TWICE ? [] : [{ name: "two entries, both forged", headers: twice }]),
  ];
}

/** Ways to bring a good token, or none, where no door may look for one. */
export function misplacing(good: string, forged: string, userId: string): HeaderAttack[] {
  const basic = Buffer.from(`${userId}:${good}`).toString("base64");
  return [
    { name: "no authorization", headers: {} },
    { name: "an empty authorization", headers: { authorization: "" } },
    { name: "Bearer without a token", headers: { authorization: "Bearer " } },
    { name: "a good token without a scheme", headers: { authorization: good } },
    { name: "a good token as Basic", headers: { authorization: `Basic ${good}` } },
    { name: "a good token as Basic's password", headers: { authorization: `Basic ${basic}` } },
    { name: "a good token as DPoP", headers: { authorization: `DPoP ${good}` } },
    { name: "a good token as Token", headers: { authorization: `Token ${good}` } },
    { name: "Bearer twice before a good token", headers: { authorization: `Bearer Bearer ${good}` } },
    { name: "Bearer: before a good token", headers: { authorization: `Bearer: ${good}` } },
    { name: "a good token in quotes", headers: { authorization: `Bearer "${good}"` } },
    { name: "a good token with words after it", headers: { authorization: `Bearer ${good} more` } },
    { name: "a good token with a comma and another", headers: { authorization: `Bearer ${good}, Bearer ${good}` } },
    {
      name: "a forged token with a comma and a good one",
      headers: { authorization: `Bearer ${forged}, Bearer ${good}` },
    },
    { name: "a good token with a fourth part", headers: { authorization: `Bearer ${good}.${good.split(".")[2]}` } },
    { name: "two entries, the first forged", headers: { authorization: [`Bearer ${forged}`, `Bearer ${good}`] } },
    { name: "two entries, the first empty", headers: { authorization: ["", `Bearer ${good}`] } },
    { name: "authorization-bin", headers: { "authorization-bin": Buffer.from(`Bearer ${good}`).toString("base64") } },
    { name: "proxy-authorization", headers: { "proxy-authorization": `Bearer ${good}` } },
    { name: "x-authorization", headers: { "x-authorization": `Bearer ${good}` } },
    { name: "x-access-token", headers: { "x-access-token": good } },
    { name: "a cookie", headers: { cookie: `access_token=${good}; token=${good}` } },
    { name: "x-user-id and its like", headers: identityHeaders(userId) },
    {
      name: "x-user-id beside a forged token",
      headers: { ...identityHeaders(userId), authorization: `Bearer ${forged}` },
    },
  ];
}

function identityHeaders(userId: string): RawMetadata {
  return {
    "x-user-id": userId,
    "x-user-role": "Admin",
    "x-forwarded-user": userId,
    "x-consumer-username": "admin",
    "x-authenticated-userid": userId,
    "x-remote-user": "admin",
    "x-client-id": "order-service",
  };
}

/** Headers beyond every limit: a refusal of the connection's own is one too. */
export function overlong(good: string): HeaderAttack[] {
  return [
    { name: "a token of 7 kB", headers: { authorization: `Bearer ${good.padEnd(7000, "A")}` } },
    { name: "a token of 12 kB", headers: { authorization: `Bearer ${good.padEnd(12_000, "A")}` } },
    { name: "a token of 60 kB", headers: { authorization: `Bearer ${good.padEnd(60_000, "A")}` } },
    { name: "200 headers beside a forged token", headers: { ...manyHeaders(), authorization: "Bearer a.b.c" } },
  ];
}

function manyHeaders(): RawMetadata {
  return Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`x-filler-${index}`, "a".repeat(100)]));
}
