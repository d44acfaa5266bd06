import fc from "fast-check";
import { type AccessTokenClaims, type Actor, accessTokenClaims, accessTokenSeconds } from "./access-token.ts";
import { OAuthError } from "./oauth-error.ts";
import { scopeWords } from "./scope.ts";
import { exchangeAudiences, exchangeSubject } from "./token-exchange.ts";

const nowSeconds = 1_800_000_000;
const words = ["orders", "profiles", "payments"];
const clients = ["order-service", "inventory-service"].map((clientId) => ({
  clientId,
  secretSha256: Buffer.alloc(32),
  scopes: ["token-exchange"],
}));

/** A user's token that is good now. */
const given = fc.record({
  aud: fc.constantFrom("shop-api", ...exchangeAudiences, "shop-internal"),
  scope: fc.subarray(words).map((scopes) => scopes.join(" ")),
  role: fc.constantFrom("customer", "operator", "Admin", undefined),
  remaining: fc.integer({ min: 1, max: accessTokenSeconds }),
  actors: fc.array(fc.constantFrom("gateway", "order-service"), { maxLength: 10 }),
});

function chainOf(actors: readonly string[]): Actor | undefined {
  return actors.reduceRight<Actor | undefined>((act, sub) => ({ sub, ...(act && { act }) }), undefined);
}

function actorsOf(actor: Actor | undefined): string[] {
  return actor ? [actor.sub, ...actorsOf(actor.act)] : [];
}

test("an exchanged token never says more than the one it was given for", () => {
  const request = fc.record({
    audience: fc.constantFrom(...exchangeAudiences, "shop-api", "shop-internal", "other"),
    scope: fc.option(
      fc.subarray([...words, "admin"]).map((scopes) => scopes.join(" ")),
      { nil: undefined },
    ),
  });
  fc.assert(
    fc.property(given, request, fc.constantFrom(...clients), ({ remaining, actors, ...claims }, asked, client) => {
      const old: AccessTokenClaims = {
        ...claims,
        iss: "issuer",
        sub: "user",
        sid: "login",
        client_id: "shop",
        jti: "old",
        iat: nowSeconds,
        exp: nowSeconds + remaining,
        act: chainOf(actors),
      };
      try {
        const subject = exchangeSubject(client, old, asked);
        const token = accessTokenClaims(subject, { issuer: "issuer", nowMs: nowSeconds * 1000, id: "new" });
        expect(token).toMatchObject({
          sub: "user",
          sid: "login",
          role: old.role,
          client_id: client.clientId,
          jti: "new",
        });
        expect(token.role).toBeDefined();
        expect(token.exp).toBeLessThanOrEqual(old.exp);
        expect(exchangeAudiences).toContain(token.aud);
        expect(["shop-api", client.clientId]).toContain(old.aud);
        expect(scopeWords(old.scope)).toEqual(expect.arrayContaining(scopeWords(token.scope)));
        expect(actorsOf(token.act)).toEqual([client.clientId, ...actors]);
      } catch (err) {
        if (!(err instanceof OAuthError)) throw err;
        expect(["invalid_request", "invalid_scope", "invalid_target"]).toContain(err.word);
      }
    }),
  );
});

test("a client without the permission is told so before anything else", () => {
  const client = { clientId: "order-service", secretSha256: Buffer.alloc(32), scopes: ["profiles"] };
  const claims = { aud: "other" } as AccessTokenClaims;
  expect(() => exchangeSubject(client, claims, { audience: "nobody" })).toThrow(
    expect.objectContaining({ word: "unauthorized_client" }),
  );
});
