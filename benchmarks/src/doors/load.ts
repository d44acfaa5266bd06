// A process of its own, so that whoever sends requests shares no event loop with who answers or who measures.
import { setTimeout as pause } from "node:timers/promises";
import { type Asker, createAsker } from "./asker.ts";
import type { Done, FromLoad, ToLoad, Work } from "./work.ts";

/** By what they ask: what a caller has, its refresh token or its connection, it has for all slices. */
const askers = new Map<string, Asker[]>();

process.on("message", ({ id, work }: ToLoad) => {
  const tell = (message: FromLoad) => process.send?.(message);
  run(work).then(
    (done) => tell({ id, done }),
    (err) => tell({ id, fault: String(err) }),
  );
});
process.on("disconnect", () => process.exit());

async function run(work: Work): Promise<Done> {
  const tally = { latenciesMs: [] as number[], statuses: {} as Record<number, number> };
  const timed = async (ask: Asker) => {
    const sentAt = performance.now();
    const status = await ask();
    tally.latenciesMs.push(performance.now() - sentAt);
    tally.statuses[status] = (tally.statuses[status] ?? 0) + 1;
  };
  if ("callers" in work.pace) await runCallers(work, work.pace, timed);
  else await runPaced(work, work.pace.everyMs, timed);
  return tally;
}

async function runCallers(
  work: Work,
  { callers, requests = Number.POSITIVE_INFINITY }: { callers: number; requests?: number },
  timed: (ask: Asker) => Promise<void>,
): Promise<void> {
  const all = await askersFor(work, callers);
  const endsAt = performance.now() + work.durationMs;
  let left = requests;
  const call = async (ask: Asker) => {
    while (left-- > 0 && performance.now() < endsAt) await timed(ask);
  };
  await Promise.all(all.map(call));
}

async function runPaced(work: Work, everyMs: number, timed: (ask: Asker) => Promise<void>): Promise<void> {
  const [ask] = await askersFor(work, 1);
  const startedAt = performance.now();
  const underWay: Promise<void>[] = [];
  for (let dueMs = 0; ask && dueMs < work.durationMs; dueMs += everyMs) {
    await pause(Math.max(0, startedAt + dueMs - performance.now()));
    underWay.push(timed(ask));
  }
  await Promise.all(underWay);
}

async function askersFor({ ask }: Work, count: number): Promise<readonly Asker[]> {
  const key = JSON.stringify(ask);
  const known = askers.get(key) ?? [];
  askers.set(key, known);
  // One after the other: logins of one name at once would be held back.
  while (known.length < count) known.push(await createAsker(ask));
  return known.slice(0, count);
}
