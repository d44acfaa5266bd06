import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startEmbeddedPostgres } from "@shop/tools/embedded-postgres";
import { measureGateway } from "./gateway.ts";
import { measureIdentity } from "./identity.ts";
import { measureStorm } from "./storm.ts";
import { jsonOf, type Row, tableOf } from "./table.ts";
import { measureTokens } from "./tokens.ts";

const usage = `Measures what the doors cost, each beside its rival, by turns in one run:

  tokens     verifying a token seen before and one never seen, beside jsonwebtoken.verify
  identity   tokens, refreshes and logins over HTTP, signed with ES256 and with RS256
  storm      two routes of identity in calm, and while 80 log in at once
  gateway    orders over REST, and the same directly over gRPC; an order read, and read again with If-None-Match

  npm run bench:doors              all of it, three minutes, on a busy machine six
  npm run bench:doors -- --quick   shorter: for a look, not for a claim
  npm run bench:doors -- --json    ends with one line of JSON on stdout
  npm run bench:doors -- --only storm,gateway

Progress goes to stderr. Processor times, user and system, all threads, move little with what else the machine does;
latencies say as much about the machine as about the doors. A goal that is missed fails nothing.
benchmarks/README.md says how it is measured.
`;

const { values: options } = parseArgs({
  options: {
    help: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
    only: { type: "string", default: "tokens,identity,storm,gateway" },
  },
});

if (options.help) process.stdout.write(usage);
else await measureDoors();

async function measureDoors(): Promise<void> {
  const before = loadavg()[0] ?? 0;
  const rows = await measureParts(options.only.split(","));
  const machine = { cores: availableParallelism(), loads: [before, loadavg()[0] ?? 0] } as const;
  process.stdout.write(options.json ? `${jsonOf(rows, machine)}\n` : `${tableOf(rows, machine)}\n`);
  if (options.json) progress(`\n${tableOf(rows, machine)}`);
}

async function measureParts(parts: readonly string[]): Promise<Row[]> {
  const rounds = options.quick ? 3 : 7;
  const rows: Row[] = [];
  if (parts.includes("tokens")) rows.push(...(await measureTokens(3 * rounds, progress)));
  if (parts.includes("identity") || parts.includes("storm")) {
    await using postgres = await startPostgres();
    if (parts.includes("identity")) rows.push(...(await measureIdentity(postgres.server, rounds, progress)));
    const extent = { rounds, sliceMs: options.quick ? 2000 : 4000 };
    if (parts.includes("storm")) rows.push(...(await measureStorm(postgres.server, extent, progress)));
  }
  if (parts.includes("gateway")) rows.push(...(await measureGateway(rounds, progress)));
  return rows;
}

async function startPostgres() {
  progress("starting PostgreSQL");
  const folder = await mkdtemp(join(tmpdir(), "shop-bench-"));
  const remove = () => rm(folder, { recursive: true, force: true });
  const server = await startEmbeddedPostgres({ folder, port: 0 });
  return { server, [Symbol.asyncDispose]: () => server.stop().finally(remove) };
}

function progress(line: string): void {
  process.stderr.write(`${line}\n`);
}
