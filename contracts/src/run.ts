/**
 * Puts the contracts to the test: `npm run test:contract`. The consumers write their pacts, which have to be those that are
 * committed; by these the providers are verified. Ends with one line, `N passed, N failed`, over both.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { committedPacts, installedPlugin, pluginPacts } from "./config.ts";
import { differencesOf, replacePacts, tidyPacts } from "./pact-files.ts";
import { runJest, type Totals } from "./run-jest.ts";

const usage = `npm run test:contract [-- options]

  --update      takes what the consumers write as the pacts that are to be committed
  --mutations [provider]
                breaks each provider, or this one, in a copy, one fault at a time, and shows which interactions find it
  --help        shows this

Where PACT_PLUGIN_DIR names a folder, gRPC is carried by the newest of Pact's protobuf plugins in it
(protobuf-<version>): its pacts are written to contracts/pacts-plugin, and nothing is compared.
`;

process.exitCode = await main();

async function main(): Promise<number> {
  const { values, positionals } = readOptions();
  if (values === undefined || positionals.length > (values.mutations ? 1 : 0)) return say(usage, 2);
  if (values.help) return say(usage, 0);
  const folder = mkdtempSync(join(tmpdir(), "contracts-"));
  try {
    const totals = values.mutations
      ? await runMutations(positionals[0])
      : await runContracts(join(folder, "pacts"), values.update);
    return say(`${totals.passed} passed, ${totals.failed} failed\n`, totals.failed === 0 ? 0 : 1);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function readOptions() {
  const boolean = { type: "boolean", default: false } as const;
  try {
    return parseArgs({ options: { update: boolean, mutations: boolean, help: boolean }, allowPositionals: true });
  } catch {
    return { values: undefined, positionals: [] };
  }
}

async function runContracts(written: string, isUpdating: boolean): Promise<Totals> {
  const trouble = tellCarrier();
  if (trouble !== undefined) return stop({ passed: 0, failed: 0 }, trouble, 1);
  mkdirSync(written, { recursive: true });
  const consumers = await runJest("jest.contract.config.js", "consumer\\.contract\\.test", {
    CONTRACTS_WRITTEN: written,
  });
  if (consumers.failed > 0) return stop(consumers, "The providers are not verified: consumers failed.", 0);
  const read = takePacts(written, isUpdating);
  if (read === undefined) return stop(consumers, "The providers are not verified: the pacts have changed.", 1);
  const providers = await runJest("jest.contract.config.js", "provider\\.contract\\.test", { CONTRACTS_READ: read });
  return { passed: consumers.passed + providers.passed, failed: consumers.failed + providers.failed };
}

/** Says what carries gRPC; gives why it cannot be told. */
function tellCarrier(): string | undefined {
  try {
    const plugin = installedPlugin();
    if (plugin) say(`gRPC is carried by Pact's protobuf plugin ${plugin.version}.\n`, 0);
    return undefined;
  } catch (err) {
    return (err as Error).message;
  }
}

function runMutations(provider = "all"): Promise<Totals> {
  return runJest("jest.slow.config.js", "contracts/test/mutations", { MUTATIONS: provider });
}

/** Where the providers find their pacts; undefined where these are not as they were committed. */
function takePacts(written: string, isUpdating: boolean): string | undefined {
  if (installedPlugin()) {
    replacePacts(pluginPacts(), written);
    return pluginPacts();
  }
  tidyPacts(written);
  const committed = committedPacts();
  const differences = differencesOf(written, committed);
  for (const { file, what } of differences) say(`contracts/pacts/${file}: ${what}\n`, 0);
  if (differences.length === 0) return committed;
  if (!isUpdating) {
    say("The pacts differ from those on disk. npm run test:contract -- --update accepts them.\n", 0);
    return undefined;
  }
  replacePacts(committed, written);
  return committed;
}

function stop({ passed, failed }: Totals, why: string, more: number): Totals {
  say(`${why}\n`, 0);
  return { passed, failed: failed + more };
}

function say(text: string, code: number): number {
  process.stdout.write(text);
  return code;
}
