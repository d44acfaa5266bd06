import type { EmbeddedPostgres } from "@shop/tools/embedded-postgres";
import { median } from "../race.ts";
import { startIdentity, tokenAsk, urlOf } from "./identity.ts";
import { type Load, startLoad } from "./processes.ts";
import { aimedAt, type Row } from "./table.ts";
import { latencyOf, watchWaits } from "./turns.ts";
import type { Ask, Done } from "./work.ts";

/** As many as are hashed and wait, 65, and some more, who are refused and come again. */
const loginsAtOnce = 80;
const everyMs = 20;
const growthGoalMs = 20;
/** The beginning of all at once is over before it is measured. */
const stormLeadMs = 1000;

type Routes = Readonly<Record<string, Ask>>;

/** What was seen in calm, or in storms. */
interface Seen {
  readonly latenciesMs: Record<string, number[]>;
  /** By slice, the share of it in which the service waited for a core. */
  readonly waits: number[];
}

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
  const [warmUp, calm, stormy] = [nothingSeen(), nothingSeen(), nothingSeen()];
  const askAll = async (seen: Seen) => {
    const waits = watchWaits(identity.pid);
    await askRoutes(routes, asking, sliceMs, seen.latenciesMs);
    seen.waits.push(waits());
  };
  await askAll(warmUp);
  for (let round = 1; round <= rounds; round += 1) {
    await askAll(calm);
    const storm = startStorm(url, storming, sliceMs);
    await storm.isThere;
    await askAll(stormy);
    const { statuses } = await storm.done;
    progress(`storm: round ${round} of ${rounds}, ${statuses[401] ?? 0} logins hashed, ${statuses[503] ?? 0} refused`);
  }
  return Object.keys(routes).flatMap((route) => rowsOf(route, calm, stormy));
}

function nothingSeen(): Seen {
  return { latenciesMs: {}, waits: [] };
}

function routesOf(url: string): Routes {
  const keys = `${url}/.well-known/jwks.json`;
  return {
    "/oauth2/token": tokenAsk(url),
    "/.well-known/jwks.json": { kind: "http", url: keys, method: "GET", headers: {}, status: 200 },
  };
}

async function askRoutes(routes: Routes, load: Load, durationMs: number, times: Seen["latenciesMs"]): Promise<void> {
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

function rowsOf(route: string, calm: Seen, stormy: Seen): Row[] {
  const part = `identity while ${loginsAtOnce} log in at once`;
  const rowOf = (name: string, { latenciesMs, waits }: Seen) => {
    return { part, name: `${route}, ${name}`, waited: median(waits), latency: latencyOf(latenciesMs[route] ?? []) };
  };
  const [before, during] = [rowOf("calm", calm), rowOf("storm", stormy)];
  const growthMs = during.latency.p99 - before.latency.p99;
  const text = `p99 grows by ${growthMs.toFixed(1)} ms, at most ${growthGoalMs}`;
  return [before, aimedAt(during, text, () => growthMs <= growthGoalMs)];
}
