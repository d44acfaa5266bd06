import { createPrivateKey, sign } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { createTokenVerifier, type TokenVerifier } from "@shop/platform/auth";
import { silentLog } from "@shop/platform/logging";
import { deletedUserId, exampleKey, userId } from "./boundaries/identity-interactions.ts";
import type { HttpCase } from "./http-consumer.ts";

const keys = "the keys that verify tokens";
const nothing = "what was taken back, which is nothing";
const issuer = "https://identity.example";

/** The private half of the example's key, which RFC 7517, appendix A.2 gives away. */
const signingKey = { ...exampleKey, d: "870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE" };

/** How a service reads the keys and what was taken back: by the verifier of tokens that they all use. */
export function polledDocumentCases(audience: string): readonly HttpCase[] {
  const withVerifier = (use: (verifier: TokenVerifier) => unknown, pollMs?: number) => async (url: string) => {
    const verifier = createTokenVerifier({ url, issuer, audience, log: silentLog(), pollMs });
    await verifier.start();
    try {
      await use(verifier);
    } finally {
      await verifier.close();
    }
  };
  return [
    {
      asks: [keys, nothing],
      call: withVerifier((verifier) => {
        expect(verifier.verify(tokenOf(deletedUserId))).toEqual({
          kind: "user",
          userId: deletedUserId,
          role: "customer",
        });
        expect(() => verifier.verify(`${tokenOf(userId)}x`)).toThrow(
          expect.objectContaining({ code: "UNAUTHENTICATED" }),
        );
      }),
    },
    {
      asks: [keys, "what was taken back, which is one user's everything"],
      call: withVerifier((verifier) => {
        expect(verifier.verify(tokenOf(userId))).toMatchObject({ userId });
        expect(() => verifier.verify(tokenOf(deletedUserId))).toThrow("revoked");
      }),
    },
    {
      asks: [
        keys,
        nothing,
        "the keys that the reader has already",
        "what was taken back, which the reader has already",
      ],
      times: "again and again",
      call: (url, asked) =>
        withVerifier(async (verifier) => {
          // With the third reading of each, what came of the second is known.
          const readings = () => Map.groupBy(asked(), (line) => line).values();
          while ([...readings()].filter(({ length }) => length > 2).length < 2) await pause(10);
          expect(verifier.verify(tokenOf(userId))).toMatchObject({ userId });
        }, 50)(url),
    },
  ];
}

/** A user's token that is good for a minute. */
function tokenOf(sub: string): string {
  const iat = Math.floor(Date.now() / 1000);
  const header = { alg: "ES256", typ: "at+jwt", kid: exampleKey.kid };
  const claims = { iss: issuer, aud: "shop-api", sub, role: "customer", jti: "an-example", iat, exp: iat + 60 };
  const signed = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  const key = createPrivateKey({ key: signingKey, format: "jwk" });
  return `${signed}.${sign("sha256", Buffer.from(signed), { key, dsaEncoding: "ieee-p1363" }).toString("base64url")}`;
}
