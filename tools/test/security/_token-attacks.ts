import { type BatchedCall, CallRequest } from "@shop/protos/gen/shop/batch/v1/batch";
import type { ForgedToken } from "@shop/testkit/forged-tokens";
import { rpcAccess } from "./_access.ts";
import type { Doors } from "./_doors.ts";
import { type Forgeries, goodToken, mutant } from "./_forgeries.ts";
import { bearing, misplacing, overlong } from "./_header-attacks.ts";
import type { RawMetadata } from "./_raw-grpc.ts";
import { rpcRequest } from "./_rpc-requests.ts";
import { batchDoors, batchPath } from "./_rpcs.ts";
import { inParallel, pick } from "./_seeded.ts";
import type { Tally } from "./_tally.ts";
import { answersOf, type Target } from "./_targets.ts";
import { aliceId, type World } from "./_world.ts";

/** So many attacks are under way at once. */
const WIDTH = 16;

/** What is attacked, and where it is counted. */
export interface Attack {
  readonly doors: Doors;
  readonly world: World;
  readonly tally: Tally;
}

/** Every forged token, each in every way to bring one, at every target. */
export async function bringForgeries(
  { tally }: Attack,
  targets: readonly Target[],
  forgeries: Forgeries,
): Promise<void> {
  const knocks = targets.flatMap((target) =>
    forgeries(target).flatMap((forged) => bearing(forged.token).map(({ headers }) => ({ target, ...forged, headers }))),
  );
  await inParallel(futureFirst(knocks), WIDTH, ({ target, source, name, headers }) =>
    knock(tally, target, { source, name }, headers),
  );
}

/** Those that will be good in a minute come first, before they are. */
function futureFirst<Knock extends Pick<ForgedToken, "source">>(knocks: readonly Knock[]): Knock[] {
  const isFuture = ({ source }: Knock) => source.includes("nothing from the future");
  return [...knocks.filter(isFuture), ...knocks.filter((one) => !isFuture(one))];
}

/** The first way to bring each forged token at every target. */
export async function bringEachForgery(
  { tally }: Attack,
  targets: readonly Target[],
  forgeries: Forgeries,
): Promise<void> {
  const knocks = targets.flatMap((target) => forgeries(target).map((forged) => ({ target, ...forged })));
  await inParallel(knocks, WIDTH, ({ target, source, name, token }) =>
    knock(tally, target, { source, name }, { authorization: `Bearer ${token}` }),
  );
}

/** Good tokens where no door may look for one, at every target. */
export async function misplaceTokens({ tally, world }: Attack, targets: readonly Target[]): Promise<void> {
  const knocks = targets.flatMap((target) =>
    misplacing(goodToken(target, world), "a.b.c", aliceId).map((attack) => ({ target, ...attack })),
  );
  await inParallel(knocks, WIDTH, ({ target, name, headers }) => knock(tally, target, { source: name, name }, headers));
}

/** Good tokens with something changed. */
export async function bringMutants(
  { tally, world }: Attack,
  targets: readonly Target[],
  { random, count }: { readonly random: () => number; readonly count: number },
): Promise<void> {
  const knocks = Array.from({ length: count }, () => {
    const target = pick(random, targets);
    return { target, token: mutant(goodToken(target, world), random) };
  });
  await inParallel(knocks, WIDTH, ({ target, token }) =>
    knock(
      tally,
      target,
      { source: "a good token with something changed", name: token },
      { authorization: `Bearer ${token}` },
    ),
  );
}

/** Headers beyond the limits: whatever refuses them, nothing may be answered. */
export async function overloadHeaders({ tally, world }: Attack, targets: readonly Target[]): Promise<void> {
  for (const target of targets) {
    for (const { name, headers } of overlong(goodToken(target, world))) {
      const breach = await target.knock(headers).catch((err: Error) => `HTTP 431 ${err.message}`);
      const isRefused =
        breach === undefined || /^(HTTP 4\d\d|HTTP_ERROR|RESET|RESOURCE_EXHAUSTED|INTERNAL Received RST)/.test(breach);
      tally.count(name, target.door, isRefused ? undefined : breach);
    }
  }
}

/** A good token inside a batch is nobody's: the batch's own metadata tells who calls. */
export async function hideTokensInBatches({ doors, tally, world }: Attack): Promise<void> {
  for (const door of batchDoors) {
    const paths = [...rpcAccess].filter(
      ([path, row]) => path.includes(`.${door}.`) && row.service === "yes" && row.nobody === "login",
    );
    const token = `Bearer ${world.services[door as "inventory"]}`;
    const calls: BatchedCall[] = paths.map(([path]) => ({
      method: path,
      request: rpcRequest(path, world),
      timeoutMs: 0,
      metadata: { authorization: token, Authorization: token, "x-user-id": aliceId },
    }));
    const request = CallRequest.encode({ calls }).finish();
    const outer: RawMetadata[] = [{}, { authorization: "Bearer a.b.c" }, { authorization: "" }];
    for (const metadata of outer) {
      const answers = answersOf(await doors.call(batchPath, metadata, request, door));
      for (const { outcome } of answers) {
        const isRefused = outcome?.$case === "error" && outcome.value.code === 16;
        tally.count("a good token inside a batch", `${door} batch`, isRefused ? undefined : JSON.stringify(outcome));
      }
      if (answers.length !== calls.length)
        tally.count("a good token inside a batch", `${door} batch`, "answers are missing");
    }
  }
}

/** The ways in which identity itself takes tokens that it has given: by services, in a form. */
export async function tryAtIdentity({ world, tally }: Attack, forged: readonly ForgedToken[]): Promise<void> {
  const type = "urn:ietf:params:oauth:token-type:access_token";
  const grant_type = "urn:ietf:params:oauth:grant-type:token-exchange";
  await inParallel(forged, WIDTH, async ({ source, name, token }) => {
    const ask = async (use: string, path: string, form: Record<string, string>) => {
      const { status, body } = await world.people.askAsVisitor(path, form);
      const isRefused = status === 400 || JSON.stringify(body) === '{"active":false}';
      tally.count(source, `identity ${use}`, isRefused ? undefined : `${name}: ${status} ${JSON.stringify(body)}`);
    };
    const exchange = { grant_type, subject_token: token, subject_token_type: type, audience: "order-service" };
    await ask("exchange", "/oauth2/token", exchange);
    await ask("introspection", "/oauth2/introspect", { token });
    await ask("refresh", "/oauth2/token", { grant_type: "refresh_token", refresh_token: token });
  });
}

/** Attacks are counted by their source, and breaches told by their name. */
async function knock(
  tally: Tally,
  target: Target,
  { source, name }: { readonly source: string; readonly name: string },
  headers: RawMetadata,
): Promise<void> {
  const breach = await target.knock(headers).catch((err: unknown) => `the request failed: ${err}`);
  tally.count(source, target.door, breach && `${target.name}: ${name}: ${breach}`);
}
