import fc from "fast-check";
import { claimsOf, logIn, readBody, startFreshIdentity, type TestIdentity, type Tokens } from "../_identity.ts";

/** What may be done with any of the refresh tokens that a login has had so far. */
type Step =
  | { readonly kind: "use"; readonly of: number }
  | { readonly kind: "revoke"; readonly of: number }
  | { readonly kind: "use at once"; readonly of: readonly number[] };

const which = fc.nat({ max: 5 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("use" as const), of: fc.oneof(fc.constant(0), which) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("revoke" as const), of: which }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("use at once" as const),
      of: fc.array(which, { minLength: 2, maxLength: 4 }),
    }),
  },
);

let identity: TestIdentity;

beforeAll(async () => {
  identity = await startFreshIdentity();
});
afterAll(() => identity?.close());

const refresh = (token: string) => identity.token({ grant_type: "refresh_token", refresh_token: token });
const listed = async () =>
  (await readBody<{ revoked: string[] }>(await fetch(`${identity.url}/revocations`))).revoked.length;

/** The tokens of one login, the latest first, and whether it has ended, as the rules have it. */
interface Login {
  readonly tokens: string[];
  readonly spent: Set<string>;
  hasEnded: boolean;
}

test("whatever is done with a login's refresh tokens, one at most is good, and one that returns ends all", async () => {
  const history = fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 10 }), async (steps) => {
    const before = await listed();
    const first = await logIn(identity, "alice");
    const login: Login = { tokens: [first.refresh_token], spent: new Set(), hasEnded: false };
    for (const next of steps) await take(login, next);

    expect(await listed()).toBe(before + (login.hasEnded ? 1 : 0));
    // What the rules call good is good, and nothing else is: that is asked last, for it may end the login.
    const good = login.tokens.filter((token) => !login.hasEnded && !login.spent.has(token));
    expect(good.length).toBe(login.hasEnded ? 0 : 1);
    for (const token of good) expect((await refresh(token)).status).toBe(200);
    for (const token of login.tokens) expect((await refresh(token)).status).toBe(400);
    expect(claimsOf(first.access_token).sid).toBeDefined();
  });
  await fc.assert(history, { numRuns: 30 });
});

async function take(login: Login, next: Step): Promise<void> {
  const tokenOf = (index: number) => login.tokens[Math.min(index, login.tokens.length - 1)] as string;
  switch (next.kind) {
    case "use":
      return use(login, [tokenOf(next.of)]);
    case "use at once":
      return use(login, next.of.map(tokenOf));
    case "revoke": {
      const response = await identity.post("/oauth2/revoke", { token: tokenOf(next.of) });
      expect(response.status).toBe(200);
      login.hasEnded = true;
      return;
    }
    default:
      next satisfies never;
  }
}

/** At most one of those that are used at once is answered with a successor; more than one use, or an old one, ends all. */
async function use(login: Login, used: readonly string[]): Promise<void> {
  const answers = await Promise.all(used.map(refresh));
  const successors: string[] = [];
  for (const answer of answers) {
    expect([200, 400]).toContain(answer.status);
    if (answer.status === 200) successors.push((await readBody<Tokens>(answer)).refresh_token);
  }
  const isGood = (token: string) => !login.hasEnded && !login.spent.has(token);
  const good = new Set(used.filter(isGood));
  expect(successors.length).toBeLessThanOrEqual(good.size);
  if (used.length === 1) expect(successors.length).toBe(good.size);

  const isReplay = used.some((token) => login.spent.has(token)) || new Set(used).size < used.length;
  for (const token of used) login.spent.add(token);
  login.tokens.unshift(...successors);
  if (isReplay) login.hasEnded = true;
}
