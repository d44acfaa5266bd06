import { createPublicKey } from "node:crypto";
import { createTokenVerifier, revocationEntry, type TokenVerifier } from "@shop/platform/auth";
import { createTestIdentity, type TestIdentity } from "@shop/testkit/identity";
import jsonwebtoken from "jsonwebtoken";
import { median } from "../race.ts";
import { aimedAt, type Row } from "./table.ts";

const tokenCount = 1000;
const revokedCount = 20_000;
const seenGoalMs = 0.005;
/** A remembered token is so quickly found that a thousand are too few for a clock. */
const seenPasses = 20;

/** Verifies a thousand tokens by turns: seen before, never seen, and with nothing but the library; 20,000 are revoked. */
export async function measureTokens(rounds: number, progress: (line: string) => void): Promise<Row[]> {
  const rows: Row[] = [];
  for (const alg of ["ES256", "RS256"] as const) {
    const identity = await createTestIdentity({ alg });
    try {
      rows.push(...measure(identity, alg, rounds));
    } finally {
      await identity.close();
    }
    progress(`verifying: ${alg}`);
  }
  return rows;
}

function measure(identity: TestIdentity, alg: "ES256" | "RS256", rounds: number): Row[] {
  const tokens = Array.from({ length: tokenCount }, () => identity.userToken({ sid: "login" }));
  const revoked = new Set(Array.from({ length: revokedCount }, (_, count) => revocationEntry("jti", `other-${count}`)));
  const known = verifierOf(identity, revoked);
  for (const token of tokens) known.verify(token);
  const contenders: Record<string, () => number> = {
    "seen before": () => eachMs(received(tokens, seenPasses), known.verify),
    "never seen": () => eachMs(received(tokens), verifierOf(identity, revoked).verify),
    "jsonwebtoken.verify": () => eachMs(received(tokens), libraryVerify(identity, alg)),
  };
  const times = Object.entries(contenders).map(([name, take]) => ({ name, take, costs: [] as number[] }));
  for (let round = -2; round < rounds; round += 1) {
    for (const { take, costs } of round % 2 === 0 ? times : times.toReversed()) {
      const cost = take();
      if (round >= 0) costs.push(cost);
    }
  }
  const rows = times.map(({ name, costs }) => ({
    part: "verifying a token, 20,000 revoked",
    name: `${name}, ${alg}`,
    doorMs: median(costs),
  }));
  const isQuick = ({ doorMs = Number.NaN }: Row) => doorMs < seenGoalMs;
  return rows.map((row, index) => (index === 0 ? aimedAt(row, "below 0.005 ms", isQuick) : row));
}

function verifierOf(identity: TestIdentity, revoked: ReadonlySet<string>): TokenVerifier {
  const { issuer } = identity;
  return createTokenVerifier({ keys: identity.keys(), revocations: () => revoked, issuer, audience: "order-service" });
}

function libraryVerify({ keys, issuer }: TestIdentity, alg: "ES256" | "RS256"): (token: string) => unknown {
  const [jwk] = keys();
  const key = createPublicKey({ key: jwk ?? {}, format: "jwk" });
  return (token) => jsonwebtoken.verify(token, key, { algorithms: [alg], issuer, audience: "shop-api" });
}

/** The same texts as they come from the wire: strings that nobody has looked at. */
function received(tokens: readonly string[], passes = 1): string[] {
  return Array.from({ length: passes }, () => tokens.map((token) => Buffer.from(token).toString("latin1"))).flat();
}

/** The processor time of one, all threads. */
function eachMs(tokens: readonly string[], verify: (token: string) => unknown): number {
  const before = process.cpuUsage();
  for (const token of tokens) verify(token);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / tokens.length;
}
