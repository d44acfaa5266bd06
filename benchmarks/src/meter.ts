import { readdir, readFile } from "node:fs/promises";
import pg from "pg";
import type { ParticipantProcess } from "./participant-process.ts";

/** What everything has cost since it was started. */
export interface Reading {
  /** Transactions that wrote: transaction ids handed out, which are exact at any moment and which reading takes none of. */
  readonly commits: number;
  /** Bytes of write-ahead log. */
  readonly walBytes: number;
  readonly cpuMs: CpuMs;
}

/** Processor time by process, user and system together, in milliseconds. */
export interface CpuMs {
  /** This process: the contender whose turn it is, all its threads, and the load it is under. */
  readonly orchestrator: number;
  /** The server and all its backends and helpers; undefined where there is no /proc. */
  readonly postgres: number | undefined;
  readonly participants: number;
}

/** Reads the cost. */
export interface Meter {
  read(): Promise<Reading>;
  close(): Promise<void>;
}

/** Creates the meter of one race. It has a connection of its own, and each reading is one short query. */
export async function createMeter(databaseUrl: string, participants: ParticipantProcess): Promise<Meter> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
  const postmaster = (await readStat(String(rows[0]?.pid)))?.parent;
  return {
    async read() {
      const participantsMs = await participants.cpuMs();
      const { commits, walBytes } = await readServer(client);
      const { user, system } = process.cpuUsage();
      const postgres = postmaster === undefined ? undefined : await familyCpuMs(postmaster);
      const cpuMs = { orchestrator: (user + system) / 1000, postgres, participants: participantsMs };
      return { commits, walBytes, cpuMs };
    },
    close: () => client.end(),
  };
}

/** What has been spent from one reading to the other. */
export function spentBetween(from: Reading, to: Reading): Reading {
  return combined(to, from, (later, earlier) => later - earlier);
}

/** Both together. */
export function sumOf(one: Reading, other: Reading): Reading {
  return combined(one, other, (left, right) => left + right);
}

function combined(one: Reading, other: Reading, combine: (left: number, right: number) => number): Reading {
  const { postgres } = one.cpuMs;
  const otherPostgres = other.cpuMs.postgres;
  return {
    commits: combine(one.commits, other.commits),
    walBytes: combine(one.walBytes, other.walBytes),
    cpuMs: {
      orchestrator: combine(one.cpuMs.orchestrator, other.cpuMs.orchestrator),
      postgres: postgres === undefined || otherPostgres === undefined ? undefined : combine(postgres, otherPostgres),
      participants: combine(one.cpuMs.participants, other.cpuMs.participants),
    },
  };
}

async function readServer(client: pg.Client): Promise<{ commits: number; walBytes: number }> {
  const { rows } = await client.query<{ commits: string; wal_bytes: string }>(
    `SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS commits,
       (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::text AS wal_bytes`,
  );
  return { commits: Number(rows[0]?.commits), walBytes: Number(rows[0]?.wal_bytes) };
}

const millisecondsPerTick = 10;

/** The processor time of a server and all that it has started, those that have ended included. */
async function familyCpuMs(postmaster: string): Promise<number> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const times = await Promise.all(pids.map((pid) => memberCpuMs(pid, postmaster)));
  return times.reduce((sum, ms) => sum + ms, 0);
}

async function memberCpuMs(pid: string, postmaster: string): Promise<number> {
  const stat = await readStat(pid);
  if (stat === undefined || (pid !== postmaster && stat.parent !== postmaster)) return 0;
  const nanoseconds = Number((await readProc(pid, "schedstat"))?.split(" ")[0] ?? 0);
  // A server's process has one thread, and its helpers that have ended are counted by whole ticks only.
  const ofTheEnded = pid === postmaster ? stat.endedChildrenTicks * millisecondsPerTick : 0;
  return nanoseconds / 1e6 + ofTheEnded;
}

/** What is needed of /proc/<pid>/stat; undefined where there is no such process, or no /proc. */
async function readStat(pid: string): Promise<{ parent: string; endedChildrenTicks: number } | undefined> {
  const text = await readProc(pid, "stat");
  // The name, in brackets, may hold anything; the fields behind it are counted from the third.
  const fields = text?.slice(text.lastIndexOf(")") + 2).split(" ");
  if (fields === undefined) return undefined;
  return { parent: fields[1] ?? "", endedChildrenTicks: Number(fields[13]) + Number(fields[14]) };
}

async function readProc(pid: string, file: string): Promise<string | undefined> {
  try {
    return await readFile(`/proc/${pid}/${file}`, "utf8");
  } catch {
    // It has ended meanwhile, or this is not Linux.
    return undefined;
  }
}
