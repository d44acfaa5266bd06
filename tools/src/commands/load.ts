import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { join, resolve } from "node:path";
import { Argument, Command, InvalidArgumentError, Option } from "commander";
import { findK6, howToGetK6 } from "../load-test/find-k6.ts";
import { type Credentials, credentialsOf, type K6Run, scriptVariables } from "../load-test/k6-environment.ts";
import { runOnOwnSystem, runOnTarget } from "../load-test/load-run.ts";
import { parseAddress, parseUrl, remoteTargets, type Targets, targetsBeside } from "../load-test/targets.ts";
import { makeFolders } from "../make-folders.ts";
import { asSoleStarter } from "../supervisor/sole-starter.ts";
import { defaultPorts } from "../system/ports.ts";
import { readLoadTestSecret } from "../system/secrets.ts";
import { CommandFault } from "./command-fault.ts";

interface LoadOptions {
  scale: number;
  door: K6Run["door"];
  target?: string;
  grpcTarget?: string;
  paymentsTarget?: string;
  inventoryTarget?: string;
  allowRemote?: true;
  out: string;
  keep?: true;
  dataDir: string;
  printEnv?: true;
}

const root = join(import.meta.dirname, "..", "..", "..");
const scenarios = ["smoke", "load", "stress", "spike", "mixed"] as const;

/** `shop load`: puts a system of its own, or a running one, under load with k6. */
export function loadCommand(): Command {
  return new Command("load")
    .description("Put the system under load with k6, and say whether every order ended as it must.")
    .addArgument(new Argument("[test]", "which test").choices(scenarios))
    .addOption(
      new Option("--scale <number>", "shortens every part of the test, such as 0.1")
        .argParser(parseScale)
        .default(1, "1, the whole test"),
    )
    .addOption(
      new Option("--door <which>", "which way orders come in; mixed has its own")
        .choices(["rest", "grpc", "both"])
        .default("both"),
    )
    .addOption(
      new Option("--target <url>", "a system that runs already, such as http://127.0.0.1:8000").argParser(readUrl),
    )
    .addOption(addressOption("--grpc-target", "orders", defaultPorts.orders))
    .addOption(addressOption("--payments-target", "payments", defaultPorts.payments))
    .addOption(addressOption("--inventory-target", "stock, which is replenished first", defaultPorts.inventory))
    .option("--allow-remote", "a target may be another machine: only one that is yours")
    .addOption(
      new Option("--out <folder>", "where <test>-summary.json and <test>-report.html are written").default(
        join(root, "load-tests", "results"),
        "load-tests/results in the repository",
      ),
    )
    .option("--keep", "keep the databases and logs of the test's own system")
    .addOption(
      new Option("--data-dir <folder>", "with --target or --print-env: where the running system keeps its secrets")
        .env("SHOP_DATA_DIR")
        .default(join(root, ".data"), ".data in the repository"),
    )
    .option(
      "--print-env",
      "print the variables for a k6 that you run yourself, a secret among them, and do nothing else",
    )
    .addHelpText("after", helpText)
    .action(load);
}

const helpText = `
The tests (load-tests/README.md says what each shows):
  smoke    30 s, 1 customer                   stress   19 min, up to 100 customers
  load     16 min, up to 20 customers         spike    5 min, from 5 customers to 100 and back
  mixed    5 min, 10 calls a second of payments alone: 80 % charges, 20 % refunds

Without --target a fresh system is started for the test, on free ports and in a temporary folder, and removed after it.
When k6 has ended, the books of all its services are compared: no order lost, nobody charged twice.

Examples:
  npm run load -- smoke
  npm run load -- stress --scale 0.1 --door grpc
  npm run load -- load --target http://127.0.0.1:8000        what npm start has started
  eval "$(npm run --silent load -- --print-env)" && k6 run load-tests/src/smoke.ts

Environment: K6 names the program. With --target, USERNAME and PASSWORD are the customer's, ADMIN_USERNAME and ADMIN_PASSWORD
the Admin's, CLIENT_ID and CLIENT_SECRET the client's who asks for payments; without them they are the demo's. A system of its
own gets the variables that npm start passes on, such as SAGA_MAX_IN_FLIGHT, but no MONGO_URI, no REDIS_URL and no TLS.

Exit codes: 0 all limits kept and the books exact; 1 a limit was not kept, k6 ended badly or the books are not exact;
2 wrong usage, or no k6; 130 stopped by Ctrl-C (a second one kills what is left).`;

async function load(test: string | undefined, options: LoadOptions): Promise<void> {
  if (options.printEnv) return printEnvironment(options);
  if (test === undefined) throw usage(`error: missing argument: one of ${scenarios.join(", ")}`);
  const targets = namedTargets(options);
  if (targets !== undefined && !options.allowRemote) refuseRemote(targets);
  const credentials = targets && (await credentialsFor(targets, options, test));
  const k6 = await findK6(process.env);
  if (k6 === undefined) throw usage(`There is no k6${process.env.K6 ? ` at ${process.env.K6}` : ""}. ${howToGetK6}`);
  const { scale, door, allowRemote = false, keep: keeps = false } = options;
  const resultsDir = await prepareResults(options.out);
  const plan = { test, k6, root, scale, door, resultsDir, allowRemote, env: process.env, say };
  const run = () =>
    targets === undefined || credentials === undefined
      ? runOnOwnSystem({ ...plan, keeps })
      : runOnTarget({ ...plan, targets, credentials });
  const refuse = (pid: number) =>
    usage(`error: --out ${options.out}: process ${pid} is running ${test} and writes there: name another folder.`);
  await asSoleStarter(join(resultsDir, test), run, refuse);
}

/** Undefined where the test is to have a system of its own. */
function namedTargets({ target, grpcTarget, paymentsTarget, inventoryTarget }: LoadOptions): Targets | undefined {
  const named = { orders: grpcTarget, payments: paymentsTarget, inventory: inventoryTarget };
  if (target !== undefined) return targetsBeside(target, named, defaultPorts);
  if (Object.values(named).every((address) => address === undefined)) return undefined;
  throw usage(
    "error: --grpc-target, --payments-target and --inventory-target need --target, the URL of the same system.",
  );
}

const targetFlags: Record<keyof Targets, string> = {
  rest: "--target",
  orders: "--grpc-target",
  payments: "--payments-target",
  inventory: "--inventory-target",
};

function refuseRemote(targets: Targets): void {
  const [remote] = remoteTargets(targets);
  if (remote === undefined) return;
  throw usage(
    `error: ${targetFlags[remote]} ${targets[remote]} is another machine: put only what is yours under load, and say so with --allow-remote.`,
  );
}

/** The secret of this installation goes to no other machine, and to no test that does without it. */
async function credentialsFor(targets: Targets, options: LoadOptions, test: string): Promise<Credentials> {
  const needsSecret = test === "mixed" && !process.env.CLIENT_SECRET;
  if (!needsSecret) return credentialsOf(process.env, undefined);
  if (remoteTargets(targets).length > 0)
    throw usage("error: mixed needs CLIENT_ID and CLIENT_SECRET of a client whose scope is payments.");
  return credentialsOf(process.env, await readLoadTestSecret(secretsFile(options)));
}

async function printEnvironment(options: LoadOptions): Promise<void> {
  const targets = namedTargets(options) ?? targetsBeside(`http://127.0.0.1:${defaultPorts.rest}`, {}, defaultPorts);
  const credentials = await credentialsFor(targets, options, "mixed");
  const { scale, door, allowRemote = false } = options;
  const resultsDir = await prepareResults(options.out);
  const variables = scriptVariables({ targets, credentials, scale, door, allowRemote, resultsDir });
  for (const [name, value] of Object.entries(variables)) say(`export ${name}='${value.replaceAll("'", "'\\''")}'`);
}

function secretsFile({ dataDir }: LoadOptions): string {
  return join(resolve(dataDir), "secrets.json");
}

async function prepareResults(out: string): Promise<string> {
  const folder = resolve(out);
  try {
    await makeFolders(folder);
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (err) {
    throw usage(`error: --out ${out} cannot be written (${(err as NodeJS.ErrnoException).code}).`);
  }
  return folder;
}

function usage(text: string): CommandFault {
  return new CommandFault(text, { exitCode: 2 });
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function addressOption(flag: string, of: string, port: number): Option {
  return new Option(
    `${flag} <host:port>`,
    `with --target: gRPC of the ${of} (default: the target's host, port ${port})`,
  ).argParser((text) => {
    const address = parseAddress(text);
    if (address === undefined) throw new InvalidArgumentError(`expected a host and a port, such as 127.0.0.1:${port}.`);
    return address;
  });
}

function readUrl(text: string): string {
  const url = parseUrl(text);
  if (url === undefined)
    throw new InvalidArgumentError("expected http or https, a host and a port, such as http://127.0.0.1:8000.");
  return url;
}

function parseScale(text: string): number {
  const scale = text.trim() === "" ? Number.NaN : Number(text);
  if (scale > 0 && scale <= 1) return scale;
  throw new InvalidArgumentError("expected a number above 0 and at most 1, such as 0.1.");
}
