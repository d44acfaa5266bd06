import { readProducts } from "../audit/books.ts";
import { CommandFault } from "../commands/command-fault.ts";
import { showProgress } from "../commands/progress.ts";
import { type BooksCheck, checkBooks, type Verdict } from "./check-books.ts";
import { type Credentials, credentialsOf, type K6Run, k6Environment } from "./k6-environment.ts";
import { createOwnSystem, type OwnSystem } from "./own-system.ts";
import { forgetResults, keepVerdict, type Results, readResults } from "./results.ts";
import { runK6 } from "./run-k6.ts";
import { settle } from "./settle.ts";
import { listenForStop, type StopSignal } from "./stop-signal.ts";
import type { Targets } from "./targets.ts";

/** A load test as it was asked for. */
export interface LoadPlan extends Omit<K6Run, "targets" | "credentials"> {
  /** The name of the test and of its script. */
  readonly test: string;
  /** The program. */
  readonly k6: string;
  /** The repository. */
  readonly root: string;
  readonly env: NodeJS.ProcessEnv;
  say(text: string): void;
}

/** k6's own way to say that a limit was not kept. */
const limitNotKept = 99;
/** What a shell says of a program that Ctrl-C has ended. */
const stoppedExitCode = 130;

/** Puts a system that runs already under load. Throws a CommandFault where a limit was not kept. */
export async function runOnTarget(plan: LoadPlan & Pick<K6Run, "targets" | "credentials">): Promise<void> {
  const stop = listenForStop(plan.say);
  try {
    const code = await underLoad(plan, stop);
    conclude(plan, { code, results: await readResults(plan) }, stop);
  } finally {
    stop.release();
  }
}

/**
 * Starts a system, puts it under load, compares its books, and removes it. Throws a CommandFault where a limit was not kept
 * or the books are not exact.
 */
export async function runOnOwnSystem(plan: LoadPlan & { keeps: boolean }): Promise<void> {
  const stop = listenForStop(plan.say);
  const onDeath = (name: string, reason: string) => {
    if (!stop.signal.aborted) plan.say(`${name} ${reason}; it is started again`);
  };
  const system = await createOwnSystem({ ...plan, onDeath });
  try {
    stop.onKill(() => system.kill());
    await start(system, stop);
    const before = await readProducts(system.bookUrls().inventory);
    const credentials = credentialsOf(demoOnly(plan.env), await system.clientSecret());
    const code = await underLoad({ ...plan, targets: system.targets, credentials }, stop);
    const results = await readResults(plan);
    conclude(
      plan,
      { code, results, verdict: await judge(system, plan, { before, told: results?.told, signal: stop.signal }) },
      stop,
    );
  } finally {
    await system.stop();
    if (plan.keeps) plan.say(`Kept      ${system.folder}: databases, secrets and logs`);
    stop.release();
  }
}

/** A stop that is asked for meanwhile ends the start. */
async function start({ shop, targets }: OwnSystem, stop: StopSignal): Promise<void> {
  const end = () => void shop.stop().catch(() => undefined); // told by whoever stops it at last
  stop.signal.addEventListener("abort", end, { once: true });
  try {
    if (stop.signal.aborted) throw stopped();
    await showProgress(shop);
    await settle(targets.rest, stop);
  } catch (err) {
    throw stop.signal.aborted ? stopped() : err;
  } finally {
    stop.signal.removeEventListener("abort", end);
  }
}

/** The customers of a fresh system are the demo's, whoever those of another system are. */
function demoOnly({ DEMO_PASSWORD }: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { DEMO_PASSWORD };
}

async function underLoad(
  plan: LoadPlan & { targets: Targets; credentials: Credentials },
  stop: StopSignal,
): Promise<number> {
  if (stop.signal.aborted) throw stopped();
  await forgetResults(plan);
  const script = `load-tests/src/${plan.test}.ts`;
  return runK6({ k6: plan.k6, root: plan.root, script, env: k6Environment(plan, plan.env) }, stop);
}

async function judge(system: OwnSystem, plan: LoadPlan, check: BooksCheck): Promise<Verdict | undefined> {
  if (check.signal?.aborted) return undefined;
  plan.say("\nWaiting until every order has ended, and comparing the books of all services ...");
  const verdict = await checkBooks(system.bookUrls(), check);
  await keepVerdict(plan, verdict);
  return verdict;
}

interface Outcome {
  readonly code: number;
  readonly results: Results | undefined;
  readonly verdict?: Verdict;
}

function conclude(plan: LoadPlan, { code, results, verdict }: Outcome, stop: StopSignal): void {
  plan.say("");
  if (results !== undefined) plan.say(results.text);
  if (verdict !== undefined) plan.say(verdict.text);
  if (stop.signal.aborted) throw stopped();
  const faults = [
    ...(code === limitNotKept ? ["a limit was not kept"] : code === 0 ? [] : [`k6 ended with ${code}`]),
    // To k6 a limit of which nothing was measured is a limit that was kept.
    ...(code === 0 && results?.isPassed === false ? ["a limit was not kept or not measured"] : []),
    ...(results === undefined ? ["k6 has written no summary"] : []),
    ...(verdict?.isExact === false ? ["the books are not exact"] : []),
  ];
  if (faults.length > 0) throw new CommandFault(`The test ${plan.test} has failed: ${faults.join(", ")}.`);
}

function stopped(): CommandFault {
  return new CommandFault("The test was stopped.", { exitCode: stoppedExitCode });
}
