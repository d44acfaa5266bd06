import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { System } from "@shop/testkit/system";
import { listProcesses } from "@shop/tools/supervisor/process-table";
import pg from "pg";
import { type Canary, writings } from "./_canaries.ts";

/** Some text of the system's, and where it stands. */
export interface Passage {
  readonly where: string;
  readonly text: string;
}

/** Somewhere that texts of customers could end up. A span exporter's output would be one more. */
export interface Place {
  readonly name: string;
  read(): Promise<Passage[]>;
}

/** Every place outside the answers that the running system writes to. */
export function placesOf(system: System): Place[] {
  return [
    logFiles(system.logsDir),
    { name: "metrics", read: () => Promise.all(Object.entries(system.opsUrls).map(readMetrics)) },
    { name: "command lines", read: readCommandLines },
    ...Object.entries(system.databaseUrls).map(([name, url]) => ({
      name: `database ${name}`,
      read: () => readDatabase(name, url),
    })),
  ];
}

/** All files of a folder of logs. */
export function logFiles(folder: string): Place {
  return {
    name: "logs",
    async read() {
      const files = await readdir(folder);
      return Promise.all(
        files.map(async (file) => ({ where: `log ${file}`, text: await readFile(join(folder, file), "utf8") })),
      );
    },
  };
}

async function readMetrics([name, url]: readonly [string, string]): Promise<Passage> {
  const response = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(10_000) });
  return { where: `metrics of ${name}`, text: await response.text() };
}

async function readCommandLines(): Promise<Passage[]> {
  return (await listProcesses()).map(({ command }) => ({ where: "command line", text: command }));
}

/** Every column of every row as text, as a dump would have it. */
async function readDatabase(name: string, url: string): Promise<Passage[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows: columns } = await client.query<{ table: string; column: string }>(everyColumn);
    const passages: Passage[] = [];
    for (const { table, column } of columns) {
      const quoted = [table, column].map((part) => client.escapeIdentifier(part));
      const { rows } = await client.query<{ text: string }>(
        `SELECT string_agg(${quoted[1]}::text, E'\\n') AS text FROM ${quoted[0]}`,
      );
      passages.push({ where: `database ${name}: ${table}.${column}`, text: rows[0]?.text ?? "" });
    }
    return passages;
  } finally {
    await client.end();
  }
}

const everyColumn = `
  SELECT table_name AS table, column_name AS column FROM information_schema.columns
   WHERE table_schema = 'public' ORDER BY table_name, ordinal_position`;

/** Every canary that stands where it may not, as "what, in which writing, where". */
export function findCanaries(canaries: readonly Canary[], passages: readonly Passage[]): string[] {
  const wanted = canaries.map((canary) => ({ canary, texts: writings(canary.value) }));
  return passages.flatMap(({ where, text }) =>
    wanted.flatMap(({ canary: { name, mayBeIn }, texts }) => {
      if (mayBeIn.some((place) => where.startsWith(place))) return [];
      const found = texts.find((writing) => text.includes(writing));
      return found === undefined ? [] : [`${name} in ${where}: …${around(text, found)}…`];
    }),
  );
}

function around(text: string, found: string): string {
  const at = text.indexOf(found);
  return text.slice(Math.max(0, at - 120), at + found.length + 40).replaceAll("\n", " ");
}
