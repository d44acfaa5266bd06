import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startEmbeddedPostgres } from "@shop/tools/embedded-postgres";
import pg from "pg";
import { createNaive } from "./engines/naive.ts";
import { createSagaEngine } from "./engines/saga-engine.ts";
import { createMeter, type Meter } from "./meter.ts";
import type { Contender } from "./order.ts";
import { startParticipants } from "./participant-process.ts";
import { runPair } from "./race.ts";
import { jsonOf, type Pair, type Round, tableOf } from "./report.ts";

const usage = `Races the saga engine against a naive orchestrator: the same three gRPC steps to the same in-memory participants, every
tenth order declined and undone, both on one embedded PostgreSQL that keeps its promises (fsync on).

  npm run bench              1, 16 and 64 callers, five interleaved pairs each, about three minutes
  npm run bench -- --quick   three short pairs each, about a minute: for a look, not for a claim
  npm run bench -- --json    ends with one line of JSON on stdout
  npm run bench -- --callers 64 --pairs 3 --seconds 5

Progress goes to stderr. Only the ratio says something about the contenders; the rates say as much about the machine.
An order's cost says where the ratio comes from, and moves less with what else the machine does:

  commits        transactions that wrote, counted by the transaction ids that PostgreSQL handed out: exact at any moment,
                 where its statistics come late, and not raised by reading. A heartbeat of the engine's is among them.
  WAL KiB        write-ahead log, from the distance between two positions of it
  orchestrator   processor time of the contender's process, all threads, with the load that it is under
  postgres       processor time of the server with all its backends and helpers (needs /proc)
  participants   processor time of the process that all three participants share

benchmarks/README.md says what each contender does and what it spares itself.
`;

const { values: options } = parseArgs({
  options: {
    help: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
    callers: { type: "string", default: "1,16,64" },
    pairs: { type: "string" },
    seconds: { type: "string" },
  },
});

const warmUpMs = 2000;

if (options.help) process.stdout.write(usage);
else await race();

async function race(): Promise<void> {
  const pairs = Number(options.pairs ?? (options.quick ? 3 : 5));
  const heatMs = 1000 * Number(options.seconds ?? (options.quick ? 2 : 5));
  const folder = await mkdtemp(join(tmpdir(), "shop-bench-"));
  progress("starting PostgreSQL");
  const postgres = await startEmbeddedPostgres({ folder, port: 0 });
  try {
    const rounds = await withContenders(postgres.url("postgres"), (engine, naive, meter) =>
      runRounds(engine, naive, meter, options.callers.split(",").map(Number), pairs, heatMs),
    );
    process.stdout.write(options.json ? `${jsonOf(rounds)}\n` : `${tableOf(rounds)}\n`);
    if (options.json) progress(`\n${tableOf(rounds)}`);
  } finally {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function withContenders(
  databaseUrl: string,
  run: (engine: Contender, naive: Contender, meter: Meter) => Promise<Round[]>,
): Promise<Round[]> {
  const participants = await startParticipants();
  try {
    const { address } = participants;
    const engine = await createSagaEngine(await createDatabase(databaseUrl, "engine"), address);
    const naive = await createNaive(await createDatabase(databaseUrl, "naive"), address);
    const meter = await createMeter(databaseUrl, participants);
    try {
      return await run(engine, naive, meter);
    } finally {
      await meter.close();
      await engine.close();
      await naive.close();
    }
  } finally {
    participants.close();
  }
}

async function createDatabase(serverUrl: string, name: string): Promise<string> {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

/** The two take turns, and in turns at going first, so that neither has the machine's better moments. */
async function runRounds(
  engine: Contender,
  naive: Contender,
  meter: Meter,
  callerCounts: readonly number[],
  pairCount: number,
  heatMs: number,
): Promise<Round[]> {
  const rounds: Round[] = [];
  for (const callers of callerCounts) {
    await runPair([engine, naive], callers, warmUpMs, meter);
    const pairs: Pair[] = [];
    for (let index = 0; index < pairCount; index++) {
      const isEngineFirst = index % 2 === 0;
      const heats = await runPair(isEngineFirst ? [engine, naive] : [naive, engine], callers, heatMs, meter);
      const pair = isEngineFirst ? { engine: heats[0], naive: heats[1] } : { engine: heats[1], naive: heats[0] };
      pairs.push(pair);
      const ratio = (pair.engine.rate / pair.naive.rate).toFixed(2);
      progress(
        `${callers} callers, pair ${index + 1} of ${pairCount}: engine ${pair.engine.rate.toFixed(0)}/s, ` +
          `naive ${pair.naive.rate.toFixed(0)}/s, ratio ${ratio}`,
      );
    }
    rounds.push({ callers, pairs });
  }
  return rounds;
}

function progress(line: string): void {
  process.stderr.write(`${line}\n`);
}
