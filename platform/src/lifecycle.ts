import closeWithGrace from "close-with-grace";
import { ConfigError, processEnvironment } from "./config.ts";
import { createLog, type Log } from "./logging.ts";
import { releaseStartUpMemory } from "./start-up-memory.ts";

/** Something that is started once and closed once. */
export interface Service {
  start(): Promise<void>;
  /** Takes no new work, ends what is under way, releases everything; also after a start that failed half-way. */
  close(): Promise<void>;
  /** The service's own log, used for its start and end too. */
  log?: Log;
}

/** How a service is run. */
export interface RunOptions<C> {
  /** The service's name, as it stands in the log. */
  name: string;
  readConfig: (env: NodeJS.ProcessEnv) => C;
  createContext: (config: C) => Promise<Service>;
  /** The longest that `close` may take, in milliseconds; 10000 where left out. */
  closeLimitMs?: number;
}

/**
 * Runs a service as this process, until a signal ends it:
 * - a configuration that is not valid is told on standard error, exit code 1;
 * - a start that fails is one log line, exit code 1;
 * - SIGTERM or SIGINT closes it once, exit code 0, or 1 where that failed or took too long; a second signal exits at once;
 * - an exception that nobody caught is logged as fatal, the service is closed, exit code 1.
 */
export async function runService<C>(options: RunOptions<C>): Promise<void> {
  const config = readConfigOrExit(options);
  const fallbackLog = createLog({ service: options.name, level: "info" });
  let service: Service | undefined;
  const log = () => service?.log ?? fallbackLog;

  closeOnSignal(options, log, () => service?.close());
  try {
    service = await options.createContext(config);
    await service.start();
    releaseStartUpMemory();
    log().info("service started");
  } catch (err) {
    log().fatal({ err }, "service could not start");
    await closeWithin(options.closeLimitMs ?? defaultCloseLimitMs, service);
    process.exit(1);
  }
}

const defaultCloseLimitMs = 10_000;

function readConfigOrExit<C>(options: RunOptions<C>): C {
  try {
    return options.readConfig(processEnvironment());
  } catch (err) {
    if (!(err instanceof ConfigError)) throw err;
    process.stderr.write(`${options.name}: ${err.message}\n`);
    process.exit(1);
  }
}

function closeOnSignal<C>(options: RunOptions<C>, log: () => Log, close: () => Promise<void> | undefined): void {
  closeWithGrace(
    {
      delay: options.closeLimitMs ?? defaultCloseLimitMs,
      logger: false,
      onSecondSignal: (signal) => log().warn({ signal }, "second signal, service ends at once"),
      onSecondError: (err) => log().fatal({ err }, "second uncaught error, service ends at once"),
      onTimeout: (timeoutMs) => log().error({ timeoutMs }, "service did not close in time"),
    },
    async ({ err, signal }) => {
      if (err) log().fatal({ err }, "uncaught error, service closes");
      else log().info({ signal }, "service closes");
      try {
        await close();
      } catch (closeError) {
        log().error({ err: closeError }, "service could not close");
        throw closeError;
      }
      log().info("service closed");
    },
  );
}

/** The start has failed and been told; an error or a delay of the clean-up may not hold up the end. */
async function closeWithin(limitMs: number, service: Service | undefined): Promise<void> {
  const late = new Promise<void>((resolve) => setTimeout(resolve, limitMs));
  await Promise.race([service?.close().catch(() => undefined), late]);
}
