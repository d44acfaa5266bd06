import { join, relative, resolve } from "node:path";
import { inspect } from "node:util";
import { Command, InvalidArgumentError, Option } from "commander";
import { signalEcho } from "../supervisor/signal-echo.ts";
import { findOnPath } from "../system/find-on-path.ts";
import { choosePorts, defaultPorts, parseNamedPort } from "../system/ports.ts";
import { parseReplicas, type Replicas, replicaPortsNeeded, withReplicas } from "../system/replicas.ts";
import { serviceTable, tlsFiles } from "../system/service-table.ts";
import { createShop, type Shop } from "../system/shop-system.ts";
import { welcomeScreen } from "../system/welcome-screen.ts";
import { showProgress } from "./progress.ts";

interface StartOptions {
  dataDir: string;
  ports: "default" | "free";
  portOffset: number;
  port?: Readonly<Record<string, number>>;
  replicas: Replicas;
}

const root = join(import.meta.dirname, "..", "..", "..");

/** `shop start`: runs the whole system on this machine until it is stopped. */
export function startCommand(): Command {
  return new Command("start")
    .description("Run the whole system on this machine: PostgreSQL and every service, with demo data.")
    .addOption(
      new Option("--data-dir <folder>", "where databases, secrets and logs are kept")
        .env("SHOP_DATA_DIR")
        .default(join(root, ".data"), ".data in the repository"),
    )
    .addOption(
      new Option("--ports <which>", "the documented ports, or any free ones")
        .env("SHOP_PORTS")
        .choices(["default", "free"])
        .default("default"),
    )
    .addOption(
      new Option("--port-offset <number>", "is added to each documented port, such as 1000")
        .env("SHOP_PORT_OFFSET")
        .argParser(parseOffset)
        .default(0),
    )
    .option(
      "--port <name=number>",
      `one port, can be repeated; names: ${Object.keys(defaultPorts).join(", ")}`,
      collectPort,
    )
    .addOption(
      new Option(
        "--replicas <name=number,...>",
        "how many processes of a service run on its one database, such as orders=2,payments=2",
      )
        .env("SHOP_REPLICAS")
        .argParser(readReplicas)
        .default({}, "one of each"),
    )
    .addHelpText(
      "after",
      `
Replicas: those that call the service spread their calls over all of them. The first keeps the documented ports and
the service's name; the second of orders is orders-2 and listens on 9280 (health and metrics 9380), each further one 200
above the one before it. --port orders-2=<number> names another port, and orders-ops-2 that of its health and metrics.

Environment: DEMO_PASSWORD is the demo users' password; LOG_LEVEL, SANDBOX_RULES, PAYMENT_LIMIT,
SHIPPING_COUNTRIES and SAGA_* reach the services. Payments are kept in the MongoDB of MONGO_URI where that is set, else by
a mongod found on PATH, else in PostgreSQL. With TLS_CERT_FILE, TLS_KEY_FILE and TLS_CA_FILE (PEM; the certificate is
for localhost and 127.0.0.1) every door but health and metrics speaks TLS.

Exit codes: 0 stopped when asked to (Ctrl-C, SIGTERM), 1 could not start, 2 wrong usage, 130 stopped by a second Ctrl-C.`,
    )
    .action(start);
}

async function start(options: StartOptions): Promise<void> {
  const startedAt = performance.now();
  const ports = await choosePorts({
    free: options.ports === "free",
    offset: options.portOffset,
    named: options.port,
    replicas: replicaPortsNeeded(serviceTable, options.replicas),
  });
  const dataDir = resolve(options.dataDir);
  const shop = createShop({
    dataDir,
    ports,
    services: withReplicas(serviceTable, options.replicas),
    root,
    env: process.env,
    mongod: await findOnPath("mongod", process.env.PATH),
    onDeath: (name, reason, delayMs) => say(`${name} ${reason}; it is started again in ${delayMs} ms`),
  });
  process.stdout.on("error", () => undefined); // a terminal that was closed may not keep us from stopping
  const stopAsked = listenForStop(shop);
  try {
    await showProgress(shop);
  } catch (err) {
    if (stopAsked.isAsked()) return await stopAsked.done;
    // Why it could not start counts more than what could not be stopped then.
    await shop.stop().catch((fault) => process.stderr.write(`${inspect(fault)}\n`));
    throw err;
  }
  const logs = shorten(join(dataDir, "logs"));
  const hasOwnPassword = Boolean(process.env.DEMO_PASSWORD);
  say(
    welcomeScreen({
      ports,
      logs,
      hasOwnPassword,
      payments: shop.paymentPlace(),
      caFile: tlsFiles(process.env).TLS_CA_FILE,
      seconds: (performance.now() - startedAt) / 1000,
    }),
  );
  await stopAsked.done;
}

/** The first signal stops everything in order, the second kills what is left. */
function listenForStop(shop: Shop): { isAsked(): boolean; done: Promise<void> } {
  let asked = 0;
  const done = new Promise<void>((resolveStop, reject) => {
    const isEcho = signalEcho();
    const onSignal = () => {
      if (isEcho()) return;
      asked += 1;
      if (asked === 1) {
        say("\nStopping; once more kills what is left.");
        shop.stop().then(() => {
          say("Stopped.");
          resolveStop();
        }, reject);
      } else if (asked === 2) {
        void shop.kill().finally(() => process.exit(130));
      }
    };
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onSignal);
  });
  done.catch(() => undefined); // reported by whoever awaits it
  return { isAsked: () => asked > 0, done };
}

/** A path below the current folder is shown from there. */
function shorten(path: string): string {
  const fromHere = relative(process.cwd(), path);
  return fromHere.startsWith("..") ? path : fromHere;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function parseOffset(text: string): number {
  const offset = Number(text);
  if (Number.isInteger(offset) && offset >= 0 && offset <= 11_000) return offset;
  throw new InvalidArgumentError("expected a whole number from 0 to 11000.");
}

function collectPort(text: string, previous: StartOptions["port"] = {}): StartOptions["port"] {
  const named = parseNamedPort(text);
  if (named === undefined) throw new InvalidArgumentError("expected a name and a number, such as rest=8001.");
  return { ...previous, [named.name]: named.port };
}

function readReplicas(text: string): Replicas {
  const replicas = parseReplicas(text, serviceTable);
  if (typeof replicas === "string") throw new InvalidArgumentError(replicas);
  return replicas;
}
