import { fstatSync } from "node:fs";
import { access } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../embedded-postgres.ts";
import { createServiceDatabases } from "../postgres/service-databases.ts";
import { StartFault } from "../start-fault.ts";
import type { Backoff } from "../supervisor/backoff.ts";
import { startGuarded } from "../supervisor/guarded-process.ts";
import { type LogFile, lastLines, openLogFile } from "../supervisor/log-file.ts";
import { type RunFile, takeRunFile } from "../supervisor/run-file.ts";
import { type SupervisedProcess, superviseProcess } from "../supervisor/supervised-process.ts";
import { fillCompileCache } from "./compile-cache.ts";
import { type DataFolder, prepareDataFolder } from "./data-folder.ts";
import { checkPorts, type Ports } from "./ports.ts";
import { waitUntilReady } from "./readiness.ts";
import { readOrMintSecrets } from "./secrets.ts";
import { databaseUrl, type ServiceEntry, serviceEnvironment, type Wiring } from "./service-table.ts";

export interface ShopOptions {
  /** Keeps databases, secrets and logs between runs. */
  dataDir: string;
  ports: Ports;
  services: readonly ServiceEntry[];
  /** The repository, in which the services' folders are. */
  root: string;
  /** The operator's environment; what may be passed on stands in the table. */
  env: NodeJS.ProcessEnv;
  /** false for tests only. Default true. */
  durable?: boolean;
  /** Where Node keeps compiled code. Default: in the data folder. */
  compileCache?: string;
  /** How long a service may take to become ready. Default 60,000. */
  readyLimitMs?: number;
  /** How long a service may take to stop. Default 16,000. */
  graceMs?: number;
  backoff?: Backoff;
  /** Called when something died and will be started again. */
  onDeath?(name: string, reason: string, delayMs: number): void;
}

/** A part of the start; `run` may answer with a word about how it went. */
export interface Step {
  title: string;
  run(): Promise<string | undefined>;
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
}

/** A service that ended this often before it was ready will not become ready. */
const hopelessDeaths = 3;

/** The whole system on one machine: PostgreSQL and each service as a process of its own, kept running. */
export function createShop(options: ShopOptions): Shop {
  const { ports, readyLimitMs = 60_000, graceMs = 16_000 } = options;
  const processes = new Map<string, SupervisedProcess>();
  /** What was opened, to be closed in reverse order. */
  const opened: (() => Promise<void>)[] = [];
  const running = new Set<Promise<unknown>>();
  let isStopping = false;
  let folder: DataFolder;
  let runFile: RunFile;
  let wiring: Wiring;

  const preparation: Step[] = [
    {
      title: "Data folder and ports",
      async run() {
        await checkSources(options);
        folder = await prepareDataFolder(resolve(options.dataDir));
        runFile = await takeRunFile(folder.runFile, graceMs);
        opened.push(() => runFile.remove());
        await checkPorts(ports);
        const databases = options.services.filter((entry) => entry.hasDatabase).map((entry) => entry.name);
        wiring = { ports, secrets: await readOrMintSecrets(folder.secretsFile, databases) };
        return folder.path;
      },
    },
    {
      title: "PostgreSQL",
      async run() {
        let superuserUrl = "";
        const process = supervise("postgres", async () => {
          const server = await startEmbeddedPostgres({
            folder: folder.postgres,
            port: ports.postgres,
            durable: options.durable,
            logFile: folder.logFile("postgres"),
          });
          superuserUrl = server.url("postgres");
          return server;
        });
        await process.start();
        await createServiceDatabases(superuserUrl, wiring.secrets.databases);
        return `127.0.0.1:${ports.postgres}`;
      },
    },
    {
      title: "Compiled code",
      async run() {
        const mainFiles = options.services.map((entry) => mainFile(options, entry));
        const outcome = await fillCompileCache(options.compileCache ?? folder.compileCache, mainFiles);
        return outcome === "found" ? "kept from an earlier start" : "made at the first start";
      },
    },
  ];

  function supervise(name: string, launch: () => Promise<EmbeddedPostgres | Awaited<ReturnType<typeof startGuarded>>>) {
    const process = superviseProcess(launch, {
      backoff: options.backoff,
      onDeath: (reason, _failures, delayMs) => options.onDeath?.(name, reason, delayMs),
    });
    processes.set(name, process);
    opened.push(() => process.stop());
    return process;
  }

  async function runService(entry: ServiceEntry): Promise<string> {
    const log = openLogFile(folder.logFile(entry.name));
    const logStart = fstatSync(log.descriptor).size;
    opened.push(async () => log.close());
    const main = mainFile(options, entry);
    const process = supervise(entry.name, async () => {
      const child = await startGuarded(globalThis.process.execPath, [main], {
        cwd: join(options.root, entry.folder),
        env: {
          ...serviceEnvironment(entry, wiring, options.env),
          NODE_COMPILE_CACHE: options.compileCache ?? folder.compileCache,
        },
        graceMs,
        output: log.descriptor,
      });
      await runFile.note(entry.name, child.pid, main);
      return child;
    });
    const startedAt = performance.now();
    await process.start();
    const isHopeless = () => isStopping || process.deaths >= hopelessDeaths;
    if (!(await waitUntilReady(opsUrl(entry.name), readyLimitMs, isHopeless))) {
      throw isStopping ? new StartFault("The start was ended.") : notReady(entry, process, log, logStart);
    }
    return `ready after ${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
  }

  function opsUrl(name: string): string {
    const entry = options.services.find((service) => service.name === name);
    if (entry === undefined) throw new Error(`There is no service named ${name}.`);
    return `http://127.0.0.1:${ports[entry.opsPort]}`;
  }

  /** Lets `stop` wait for what is under way, so that it finds everything that was opened. */
  function tracked(step: Step): Step {
    return {
      title: step.title,
      async run() {
        if (isStopping) throw new StartFault("The start was ended.");
        const run = step.run();
        running.add(run);
        try {
          return await run;
        } finally {
          running.delete(run);
        }
      },
    };
  }

  return {
    preparation: preparation.map(tracked),
    services: options.services.map((entry) => tracked({ title: entry.name, run: () => runService(entry) })),
    async stop() {
      isStopping = true;
      await Promise.allSettled(running);
      const faults: unknown[] = [];
      for (const close of opened.splice(0).reverse()) await close().catch((err) => faults.push(err));
      if (faults.length > 0) throw new AggregateError(faults, "Not everything could be stopped.");
    },
    async kill() {
      isStopping = true;
      await Promise.all([...processes.values()].map((process) => process.kill()));
    },
    service(name) {
      const process = processes.get(name);
      if (process === undefined) throw new Error(`There is no service named ${name}, or it is not started yet.`);
      return process;
    },
    async waitUntilReady(name) {
      if (!(await waitUntilReady(opsUrl(name), readyLimitMs))) throw new Error(`${name} did not become ready.`);
    },
    opsUrl,
    databaseUrl: (name) => databaseUrl(name, wiring),
  };
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

function notReady(entry: ServiceEntry, process: SupervisedProcess, log: LogFile, logStart: number): StartFault {
  const last = lastLines(log, logStart, 5).join("\n  ");
  const how = process.deaths > 0 ? `ended ${process.deaths} times` : "did not become ready in time";
  return new StartFault(`The service ${entry.name} ${how}; its log is ${log.path} and ends with:\n  ${last}`);
}
