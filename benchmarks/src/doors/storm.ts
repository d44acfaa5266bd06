import type { EmbeddedPostgres } from "@shop/tools/embedded-postgres";
import { startIdentity, tokenAsk, urlOf } from "./identity.ts";
import { type Load, startLoad } from "./processes.ts";
import { aimedAt, type Row } from "./table.ts";
import { latencyOf } from "./turns.ts";
import type { Ask, Done } from "./work.ts";

/** One more than are hashed and wait; those who are refused come again. */
const loginsAtOnce = 80;
const everyMs = 20;
const growthGoalMs = 20;
/** A storm has to be there before it is measured, and has to have ended. */
const stormLeadMs = 500;

type Routes = Readonly<Record<string, Ask>>;
type Times = Record<string, number[]>;

/** Asks two routes of identity 50 times a second each, by turns in calm and while all who can be taken log in. */
export async function measureStorm(
  postgres: EmbeddedPostgres,
  { rounds, sliceMs }: { readonly rounds: number; readonly sliceMs: number },
  progress: (line: string) => void,
): Promise<Row[]> {
  await using identity = await startIdentity(postgres, "ES256");
  await using asking = startLoad();
  await using storming = startLoad();
  const url = urlOf(identity);
  const routes = routesOf(url);
  const [calm, stormy]: [Times, Times] = [{}, {}];
  await askRoutes(routes, asking, sliceMs, {});
  for (let round = 1; round <= rounds; round += 1) {
    await askRoutes(routes, asking, sliceMs, calm);
    const storm = startStorm(url, storming, sliceMs);
    await storm.isThere;
    await askRoutes(routes, asking, sliceMs, stormy);
    const { statuses } = await storm.done;
    progress(`storm: round ${round} of ${rounds}, ${statuses[401] ?? 0} logins hashed, ${statuses[503] ?? 0} refused`);
  }
  return Object.keys(routes).flatMap((route) => rowsOf(route, calm[route] ?? [], stormy[route] ?? []));
}

function routesOf(url: string): Routes {
  const keys = `${url}/.well-known/jwks.json`;
  return {
    "/oauth2/token": tokenAsk(url),
    "/.well-known/jwks.json": { kind: "http", url: keys, method: "GET", headers: {}, status: 200 },
  };
}

async function askRoutes(routes: Routes, load: Load, durationMs: number, times: Times): Promise<void> {
  const runs = Object.entries(routes).map(async ([route, ask]) => {
    const { latenciesMs } = await load.run({ ask, durationMs, pace: { everyMs } });
    times[route] = [...(times[route] ?? []), ...latenciesMs];
  });
  await Promise.all(runs);
}

function startStorm(url: string, load: Load, sliceMs: number): { isThere: Promise<void>; done: Promise<Done> } {
  const pace = { callers: loginsAtOnce };
  const done = load.run({ ask: { kind: "wrong-login", url }, durationMs: stormLeadMs + sliceMs, pace });
  const lead = new Promise<void>((resolve) => setTimeout(resolve, stormLeadMs));
  // One that fails is not waited for.
  return { isThere: Promise.race([lead, done.then(() => undefined)]), done };
}

function rowsOf(route: string, calm: readonly number[], stormy: readonly number[]): Row[] {
  const part = `identity while ${loginsAtOnce} log in at once`;
  const before = { part, name: `${route}, calm`, latency: latencyOf(calm) };
  const during = { part, name: `${route}, storm`, latency: latencyOf(stormy) };
  const growthMs = during.latency.p99 - before.latency.p99;
  const text = `p99 grows by ${growthMs.toFixed(1)} ms, at most ${growthGoalMs}`;
  return [before, aimedAt(during, text, () => growthMs <= growthGoalMs)];
}
