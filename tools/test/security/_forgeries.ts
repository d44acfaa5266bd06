import type { JsonWebKey } from "node:crypto";
import { type ForgedToken, forgedTokens } from "@shop/testkit/forged-tokens";
import { compact, signerOf } from "@shop/testkit/forgeries/forge";
import { type StoredPrivateKey, unlockPrivateKey } from "../../../identity-service/src/domain/key-vault.ts";
import type { Doors } from "./_doors.ts";
import { pick } from "./_seeded.ts";
import type { Target } from "./_targets.ts";
import type { World } from "./_world.ts";

/** The forgeries of the tokens that open a target. */
export type Forgeries = (target: Pick<Target, "opener" | "service">) => readonly ForgedToken[];

/**
 * Forges the real system's own tokens, anew for each service and each kind of token that it takes. The issuer's private
 * key is taken out of its database with the installation's secret, so that there are also forgeries that only the issuer
 * could sign, such as an expired token.
 */
export async function openForgery(doors: Doors, world: World, targets: readonly Target[]): Promise<Forgeries> {
  const { access, refresh } = await world.people.logIn("admin");
  const mint = await openMint(doors, access);
  const kinds = new Map<string, readonly ForgedToken[]>();
  for (const { opener, service } of targets) {
    const kind = `${opener} ${service}`;
    if (kinds.has(kind)) continue;
    const token = opener === "Admin" ? access : world.services[opener];
    const forged = forgedTokens({ token, door: service, ...mint }).filter((one) => one.token !== token);
    kinds.set(kind, opener === "Admin" ? [...forged, asAccessToken(refresh)] : forged);
  }
  return ({ opener, service }) => kinds.get(`${opener} ${service}`) ?? [];
}

/** Those forgeries of a user's token that somebody other than the issuer can make. */
export async function forgeriesByOthers(doors: Doors, { people }: World): Promise<readonly ForgedToken[]> {
  const { access: token } = await people.logIn("alice");
  const { jwk } = await openMint(doors, token);
  return forgedTokens({ token, jwk, door: "identity-service" }).filter((one) => one.token !== token);
}

/** A token that opens the target. */
export function goodToken({ opener }: Target, world: World): string {
  return opener === "Admin" ? world.users.admin : world.services[opener];
}

type Part = Parameters<typeof compact>[0];

/** The key that signed a token of the system's, as it is published, and a way to sign with it. */
async function openMint(doors: Doors, token: string) {
  const header = JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString());
  const { body } = await doors.identity("/.well-known/jwks.json", { method: "GET" });
  const { keys } = JSON.parse(body) as { keys: (JsonWebKey & { kid: string })[] };
  const signer = signerOf(header.alg, await privateKey(doors, header.kid));
  return {
    jwk: keys.find(({ kid }) => kid === header.kid),
    sign: (first: Part, second: Part) => compact(first, second, signer),
  };
}

async function privateKey(doors: Doors, kid: string) {
  const sql = "SELECT private_key FROM signing_keys WHERE kid = $1";
  const [row] = await doors.query<{ private_key: StoredPrivateKey }>("identity", sql, [kid]);
  if (row === undefined) throw new Error(`The key ${kid} is not in the database.`);
  return unlockPrivateKey(kid, row.private_key, (await doors.secrets()).keyEncryption);
}

function asAccessToken(refresh: string): ForgedToken {
  const source = "RFC 6749, 1.5: a refresh token opens no resource";
  return { name: "the real refresh token as an access token", token: refresh, source };
}

/** The real token with something changed that decodes to other bytes; nothing but the numbers decides what. */
export function mutant(token: string, random: () => number): string {
  for (;;) {
    const changed = pick(random, mutations)(token, random);
    if (changed !== token && changed !== "") return changed;
  }
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

const mutations: readonly ((token: string, random: () => number) => string)[] = [
  (token, random) => splice(token, at(token, random), 1, pick(random, [...alphabet])),
  (token, random) => splice(token, at(token, random), 1, ""),
  (token, random) => splice(token, at(token, random), 0, pick(random, [...alphabet])),
  (token, random) => token.slice(0, at(token, random)),
  (token, random) => token.slice(at(token, random)),
  (token, random) => `${token}${token.slice(at(token, random))}`,
  (token, random) => withTurnedBit(token, random),
  (token, random) =>
    token
      .split(".")
      .toSorted(() => random() - 0.5)
      .join("."),
  (token, random) => splice(token, at(token, random), Math.floor(random() * 20), "."),
  (token, random) => splice(token, at(token, random), 1, pick(random, ["=", "+", "/", "~", "%41", "*", "'", "\\"])),
];

function at(token: string, random: () => number): number {
  return Math.floor(random() * token.length);
}

function splice(text: string, from: number, count: number, inserted: string): string {
  return `${text.slice(0, from)}${inserted}${text.slice(from + count)}`;
}

/** One bit of what one part decodes to. */
function withTurnedBit(token: string, random: () => number): string {
  const parts = token.split(".");
  const which = Math.floor(random() * parts.length);
  const bytes = Buffer.from(parts[which] ?? "", "base64url");
  const byte = Math.floor(random() * bytes.length);
  bytes[byte] = (bytes[byte] ?? 0) ^ (1 << Math.floor(random() * 8));
  return parts.with(which, bytes.toString("base64url")).join(".");
}
