import { setTimeout as pause } from "node:timers/promises";
import { Command, InvalidArgumentError, Option } from "commander";
import { Listr } from "listr2";
import { type AdminSession, adminOf, createAdminSession } from "./admin-session.ts";
import { CommandFault } from "./command-fault.ts";

/** A signing key, as the identity service shows it to Admins. */
interface Key {
  readonly kid: string;
  readonly alg: string;
  readonly status: "next" | "current" | "previous";
  readonly createdAt: string;
  readonly activatesAt: string;
  readonly retiresAt?: string;
}

interface KeysOptions {
  url: string;
  json?: true;
}

const pollMs = 500;
/** How long after its time a key may take to become the current one. */
const lateMs = 30_000;

/** `shop keys`: looks after the keys that sign the tokens. */
export function keysCommand(): Command {
  const keys = new Command("keys").description("List, rotate and remove the keys that sign tokens.").exitOverride();
  const subcommand = (name: string, description: string) =>
    new Command(name)
      .description(description)
      .addOption(
        new Option("--url <address>", "where the identity service is found")
          .env("AUTH_URL")
          .default("http://127.0.0.1:8000/auth")
          .argParser(parseUrl),
      )
      .option("--json", "print JSON, and nothing else")
      .addHelpText("after", helpText)
      .copyInheritedSettings(keys);
  keys.addHelpText("after", helpText);
  keys.addCommand(subcommand("list", "Show all keys, the latest first.").action(list));
  keys.addCommand(
    subcommand("rotate", "Publish a new key, wait until it signs; no request fails meanwhile.").action(rotate),
  );
  keys.addCommand(
    subcommand("remove", "Take a key away at once, for when somebody else may have it: its tokens are refused.")
      .argument("<kid>", "the key's id")
      .action(remove),
  );
  return keys;
}

const helpText = `
Environment: ADMIN_USERNAME and ADMIN_PASSWORD name the Admin; without them it is the demo's admin, whose password is
DEMO_PASSWORD or the usual one.

Exit codes: 0 done, 1 could not be done, 2 wrong usage.`;

async function list(options: KeysOptions): Promise<void> {
  const keys = await readKeys(sessionOf(options));
  if (options.json) return printJson({ keys });
  if (keys.length === 0) return print("There are no keys: tokens are signed with the secret of JWT_SECRET.");
  print(table(keys));
}

async function rotate(options: KeysOptions): Promise<void> {
  const session = sessionOf(options);
  const isList = process.stdout.isTTY && !options.json;
  const say = (text: string) => {
    if (!isList && !options.json) print(text);
    return text;
  };
  const run: { key?: Key } = {};
  const steps = new Listr(
    [
      {
        title: "Publish a new key",
        async task(_, task) {
          run.key = await session.request<Key>("POST", "/keys/rotate");
          task.title = say(`Published: ${run.key?.kid} (${run.key?.alg})`);
        },
      },
      {
        title: "Wait until every service has read it",
        async task(_, task) {
          say("Waits until every service has read it.");
          run.key = await untilCurrent(session, run.key, (seconds) => {
            task.title = `Wait until every service has read it: ${seconds} s`;
          });
          task.title = say("It signs; the one before it verifies until its last token has expired.");
        },
      },
    ],
    {
      renderer: isList ? "default" : "silent",
      fallbackRenderer: "silent",
      registerSignalListeners: false,
      rendererOptions: { showErrorMessage: false },
    },
  );
  await steps.run();
  if (options.json) printJson(run.key);
}

async function remove(kid: string, options: KeysOptions): Promise<void> {
  const session = sessionOf(options);
  const removed = (await readKeys(session)).find((key) => key.kid === kid);
  const isRemoved = (await session.request("DELETE", `/keys/${encodeURIComponent(kid)}`)) !== undefined;
  if (!isRemoved)
    throw new CommandFault(`There is no key ${kid}: \`npm run shop -- keys list\` shows those there are.`);
  const current = (await readKeys(session)).find((key) => key.status === "current");
  if (options.json) return printJson({ removed: kid, current });
  print(`Removed ${kid}. What it has signed is refused everywhere within 10 s.`);
  if (removed?.status === "current" && current) {
    print(`${current.kid} signs from now on; services that have not read it yet refuse its tokens for about 5 s.`);
  }
}

async function readKeys(session: AdminSession): Promise<readonly Key[]> {
  const answer = await session.request<{ keys: readonly Key[] }>("GET", "/keys");
  if (!answer) throw new CommandFault("The identity service has no /keys: it is older than this command.");
  return answer.keys;
}

/** Asks until the key signs; that the service is away for a moment does not matter. */
async function untilCurrent(
  session: AdminSession,
  key: Key | undefined,
  tell: (seconds: number) => void,
): Promise<Key> {
  if (!key) throw new CommandFault("The identity service has no /keys/rotate: it is older than this command.");
  const waitMs = Math.max(0, Date.parse(key.activatesAt) - Date.parse(key.createdAt));
  const startedAt = performance.now();
  let lastFault: unknown;
  while (performance.now() - startedAt < waitMs + lateMs) {
    tell(Math.ceil(Math.max(0, waitMs - (performance.now() - startedAt)) / 1000));
    const keys = await readKeys(session).catch((err: unknown) => {
      lastFault = err;
      return undefined;
    });
    const found = keys?.find((candidate) => candidate.kid === key.kid);
    if (found && found.status !== "next") return found;
    if (keys && !found) throw new CommandFault(`The key ${key.kid} was removed before it signed.`);
    await pause(pollMs);
  }
  throw new CommandFault(`The key ${key.kid} does not sign yet, although its time has come.`, { cause: lastFault });
}

function sessionOf({ url }: KeysOptions): AdminSession {
  return createAdminSession({ url, ...adminOf(process.env) });
}

function table(keys: readonly Key[]): string {
  const rows = [
    ["KID", "ALG", "STATUS", "CREATED", "SIGNS FROM", "GOES AT"],
    ...keys.map((key) => [key.kid, key.alg, key.status, key.createdAt, key.activatesAt, key.retiresAt ?? "-"]),
  ];
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function parseUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new InvalidArgumentError("expected a URL such as http://127.0.0.1:8000/auth.");
  return text.replace(/\/+$/, "");
}

function printJson(value: unknown): void {
  print(JSON.stringify(value, undefined, 2));
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
