import { fstatSync } from "node:fs";
import { access } from "node:fs/promises";
import { join, resolve } from "node:path";
import { startEmbeddedPostgres } from "../embedded-postgres.ts";
import { createServiceDatabases } from "../postgres/service-databases.ts";
import { StartFault } from "../start-fault.ts";
import { type GuardedProcess, startGuarded } from "../supervisor/guarded-process.ts";
import { type LogFile, lastLines, openLogFile } from "../supervisor/log-file.ts";
import { type RunFile, takeRunFile } from "../supervisor/run-file.ts";
import type { SupervisedProcess } from "../supervisor/supervised-process.ts";
import { createSupervision, type Supervision, type SupervisionOptions } from "../supervisor/supervision.ts";
import { fillCompileCache } from "./compile-cache.ts";
import { type DataFolder, prepareDataFolder } from "./data-folder.ts";
import { choosePaymentPlace, describePlace, type PaymentChoice } from "./payment-place.ts";
import { startPaymentStorage } from "./payment-storage.ts";
import { checkPorts, type Ports } from "./ports.ts";
import { waitUntilReady } from "./readiness.ts";
import { readOrMintSecrets } from "./secrets.ts";
import { databaseUrl, type ServiceEntry, serviceEnvironment, tlsFiles, type Wiring } from "./service-table.ts";

export interface ShopOptions extends SupervisionOptions {
  /** Keeps databases, secrets and logs between runs. */
  dataDir: string;
  ports: Ports;
  services: readonly ServiceEntry[];
  /** The repository, in which the services' folders are. */
  root: string;
  /** The operator's environment; what may be passed on stands in the table. */
  env: NodeJS.ProcessEnv;
  /** The `mongod` to keep payments with where MONGO_URI is not set. Default: they are kept in PostgreSQL. */
  mongod?: string;
  /** false for tests only. Default true. */
  durable?: boolean;
  /** Where Node keeps compiled code. Default: in the data folder. */
  compileCache?: string;
  /** How long a service may take to become ready. Default 60,000. */
  readyLimitMs?: number;
  /** How long a service may take to stop. Default 16,000. */
  graceMs?: number;
}

/** A part of the start; `run` answers with a word about how it went. */
export interface Step {
  title: string;
  run(): Promise<string>;
}

export interface Shop {
  /** To be run in this order, each list at once; then everything is healthy. */
  readonly preparation: readonly Step[];
  readonly services: readonly Step[];
  /** Ends a start that is under way, and stops everything in reverse order, PostgreSQL last. */
  stop(): Promise<void>;
  /** Kills everything at once. */
  kill(): Promise<void>;
  /** The process of a service, to be stopped, killed and started on its own. */
  service(name: string): SupervisedProcess;
  waitUntilReady(name: string): Promise<void>;
  opsUrl(name: string): string;
  /** The connection string of a service's own database; only once everything is prepared. */
  databaseUrl(name: string): string;
  /** The connection string of the database in which payments are kept; only once everything is prepared. */
  paymentsUrl(): string;
  /** Where payments are kept, in words; only once everything is prepared. */
  paymentPlace(): string;
}

const readyLimitMs = 60_000;
const defaultGraceMs = 16_000;
/** A process opens fewer: ten for its reads, the order service some more for its journal, its outbox and its heartbeat. */
const connectionsPerProcess = 20;
/** A service that ended this often before it was ready will not become ready. */
const hopelessDeaths = 3;

/** One run: what it was asked to be, what it keeps running, and what its first step found. */
interface Run {
  options: ShopOptions;
  supervision: Supervision;
  prepared?: { folder: DataFolder; runFile: RunFile; wiring: Wiring; payments: PaymentChoice };
}

/** The whole system on one machine: PostgreSQL and each service as a process of its own, kept running. */
export function createShop(options: ShopOptions): Shop {
  const supervision = createSupervision(options);
  const run: Run = { options, supervision };

  function step(title: string, work: () => Promise<string>): Step {
    return {
      title,
      async run() {
        if (supervision.isStopping) throw new StartFault("The start was ended.");
        return supervision.during(work);
      },
    };
  }

  return {
    preparation: [
      step("Data folder and ports", () => prepare(run)),
      step("PostgreSQL", () => startPostgres(run)),
      step("Payments", () => preparePayments(run)),
      step("Compiled code", () => compile(run)),
    ],
    services: options.services.map((entry) => step(entry.name, () => startService(run, entry))),
    stop: () => supervision.stop(),
    kill: () => supervision.kill(),
    service(name) {
      const process = supervision.find(name);
      if (process === undefined) throw new Error(`There is no service named ${name}, or it is not started yet.`);
      return process;
    },
    async waitUntilReady(name) {
      if (!(await waitUntilReady(opsUrl(run, name), readyLimitMs))) throw new Error(`${name} did not become ready.`);
    },
    opsUrl: (name) => opsUrl(run, name),
    databaseUrl: (name) => databaseUrl({ name }, prepared(run).wiring),
    paymentsUrl: () => prepared(run).wiring.mongoUri ?? databaseUrl({ name: "payments" }, prepared(run).wiring),
    paymentPlace: () => describePlace(prepared(run).payments.place),
  };
}

async function prepare(run: Run): Promise<string> {
  const { services, dataDir, ports, graceMs = defaultGraceMs } = run.options;
  await checkSources(run.options);
  const folder = await prepareDataFolder(resolve(dataDir));
  const runFile = await takeRunFile(folder.runFile, graceMs);
  run.supervision.onStop(() => runFile.remove());
  await checkPorts(ports);
  const databases = services.filter((entry) => entry.hasDatabase && !entry.replicaOf).map((entry) => entry.name);
  const secrets = await readOrMintSecrets(folder.secretsFile, databases);
  const payments = await choosePaymentPlace({
    dataFolder: folder.path,
    postgresFolder: folder.postgres,
    mongoUri: run.options.env.MONGO_URI,
    mongod: run.options.mongod,
  });
  const isSecure = Object.keys(tlsFiles(run.options.env)).length > 0;
  run.prepared = { folder, runFile, wiring: { ports, secrets, isSecure }, payments };
  return folder.path;
}

async function startPostgres(run: Run): Promise<string> {
  const { folder, runFile, wiring } = prepared(run);
  const { durable } = run.options;
  const port = wiring.ports.postgres;
  let superuserUrl = "";
  const process = run.supervision.supervise("postgres", async () => {
    const logFile = folder.logFile("postgres");
    const maxConnections = Math.max(200, connectionsPerProcess * run.options.services.length);
    const server = await startEmbeddedPostgres({ folder: folder.postgres, port, durable, maxConnections, logFile });
    superuserUrl = server.url("postgres");
    return runFile.note("postgres", server, folder.postgres);
  });
  await process.start();
  await createServiceDatabases(superuserUrl, wiring.secrets.databases);
  return `127.0.0.1:${port}`;
}

async function preparePayments(run: Run): Promise<string> {
  const { folder, runFile, wiring, payments: choice } = prepared(run);
  const { supervision } = run;
  const { place, word } = await startPaymentStorage({ folder, runFile, supervision, choice, wiring });
  choice.place = place;
  return word;
}

async function compile(run: Run): Promise<string> {
  const mainFiles = new Set(run.options.services.map((entry) => mainFile(run.options, entry)));
  const outcome = await fillCompileCache(compileCache(run), [...mainFiles]);
  return outcome === "found" ? "kept from an earlier start" : "made at the first start";
}

async function startService(run: Run, entry: ServiceEntry): Promise<string> {
  const log = openLogFile(prepared(run).folder.logFile(entry.name));
  const logStart = fstatSync(log.descriptor).size;
  run.supervision.onStop(async () => log.close());
  const startedAt = performance.now();
  const process = run.supervision.supervise(entry.name, () => launchService(run, entry, log));
  await process.start();
  const refusal = () => (process.deaths > 0 ? configurationFaults(log, logStart) : []);
  const isHopeless = () => run.supervision.isStopping || process.deaths >= hopelessDeaths || refusal().length > 0;
  if (!(await waitUntilReady(opsUrl(run, entry.name), run.options.readyLimitMs ?? readyLimitMs, isHopeless))) {
    if (run.supervision.isStopping) throw new StartFault("The start was ended.");
    const faults = refusal();
    throw faults.length > 0 ? refused(entry, faults) : notReady(entry, process, log, logStart);
  }
  return `ready after ${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
}

async function launchService(run: Run, entry: ServiceEntry, log: LogFile): Promise<GuardedProcess> {
  const { options } = run;
  const { runFile, wiring } = prepared(run);
  const main = mainFile(options, entry);
  const child = await startGuarded(process.execPath, [main], {
    cwd: join(options.root, entry.folder),
    env: { ...serviceEnvironment(entry, wiring, options.env), NODE_COMPILE_CACHE: compileCache(run) },
    graceMs: options.graceMs ?? defaultGraceMs,
    output: log.descriptor,
  });
  return runFile.note(entry.name, child, main);
}

function prepared(run: Run): NonNullable<Run["prepared"]> {
  if (run.prepared === undefined) throw new Error("The system is not prepared yet.");
  return run.prepared;
}

function compileCache(run: Run): string {
  return run.options.compileCache ?? prepared(run).folder.compileCache;
}

function opsUrl({ options }: Run, name: string): string {
  const entry = options.services.find((service) => service.name === name);
  if (entry === undefined) throw new Error(`There is no service named ${name}.`);
  return `http://127.0.0.1:${options.ports[entry.opsPort]}`;
}

async function checkSources(options: ShopOptions): Promise<void> {
  for (const entry of options.services) {
    const main = mainFile(options, entry);
    await access(main).catch((err) => {
      throw new StartFault(`The service ${entry.name} has no ${main}: the working copy is not complete.`, {
        cause: err,
      });
    });
  }
}

function mainFile({ root }: ShopOptions, entry: ServiceEntry): string {
  return join(root, entry.folder, "src", "main.ts");
}

/** What a service says of its variables before it ends; with those it will never start. */
function configurationFaults(log: LogFile, logStart: number): string[] {
  const lines = lastLines(log, logStart, 100);
  const from = lines.findIndex((line) => line.endsWith(": The configuration is not valid:"));
  if (from === -1) return [];
  const faults = lines.slice(from + 1);
  const until = faults.findIndex((line) => !line.startsWith("  - "));
  return until === -1 ? faults : faults.slice(0, until);
}

function refused(entry: ServiceEntry, faults: readonly string[]): StartFault {
  return new StartFault(`The service ${entry.name} cannot start with these variables:\n${faults.join("\n")}`);
}

function notReady(entry: ServiceEntry, process: SupervisedProcess, log: LogFile, logStart: number): StartFault {
  const last = lastLines(log, logStart, 5).join("\n  ");
  const how = process.deaths > 0 ? `ended ${process.deaths} times` : "did not become ready in time";
  return new StartFault(`The service ${entry.name} ${how}; its log is ${log.path} and ends with:\n  ${last}`);
}
