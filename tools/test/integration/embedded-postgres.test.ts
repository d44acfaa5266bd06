import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, readFile, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import pg from "pg";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../../src/embedded-postgres.ts";
import { freePorts } from "../../src/free-ports.ts";
import { StartFault } from "../../src/start-fault.ts";
import { isAlive, listProcesses, waitUntilGroupGone } from "../../src/supervisor/process-table.ts";
import { makeFolder, removeFolders } from "../_folders.ts";

const isRoot = process.getuid?.() === 0;
const running: EmbeddedPostgres[] = [];

async function start(folder: string, options: { port?: number; durable?: boolean } = {}): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ folder, port: 0, durable: false, ...options });
  running.push(server);
  return server;
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
  await removeFolders();
});

test("keeps its data over a stop and over a crash", async () => {
  const folder = join(await makeFolder(), "postgres");
  const first = await start(folder, { durable: true });
  await query(first.url("postgres"), "CREATE TABLE kept (id int); INSERT INTO kept VALUES (1)");
  await first.stop();
  expect(await waitUntilGroupGone(first.pid, 1_000)).toBe(true);

  const second = await start(folder, { durable: true });
  await query(second.url("postgres"), "INSERT INTO kept VALUES (2)");
  await second.kill();

  const third = await start(folder, { durable: true });
  expect(await query(third.url("postgres"), "SELECT id FROM kept ORDER BY id")).toEqual([{ id: 1 }, { id: 2 }]);
});

test("admits nobody without the password, which only the folder's owner can read", async () => {
  const folder = await makeFolder();
  const server = await start(folder);
  const url = new URL(server.url("postgres"));
  url.password = "guessed";
  await expect(query(url.href, "SELECT 1")).rejects.toMatchObject({ code: "28P01" });
  expect((await stat(join(folder, "superuser-password"))).mode & 0o777).toBe(0o600);
});

test("removes the lock file of a server that is gone, even when its id belongs to another process now", async () => {
  const folder = await makeFolder();
  await (await start(folder)).stop();
  await writeFile(join(folder, "cluster", "postmaster.pid"), `${process.pid}\n${join(folder, "cluster")}\n`);
  const server = await start(folder);
  expect(await query(server.url("postgres"), "SELECT 1 AS one")).toEqual([{ one: 1 }]);
});

test("ends a server whose starter and guard were killed, then starts with its data", async () => {
  const folder = await makeFolder();
  const starter = spawn(process.execPath, [join(import.meta.dirname, "../fixture/postgres-starter.ts"), folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = await once(starter.stdout, "data");
  const members = (await listProcesses()).filter(({ group }) => group === Number(String(line)));
  const guards = members.filter(({ command }) => command.includes("guard.sh"));
  for (const { pid } of guards) process.kill(pid, "SIGSTOP"); // or they would end the server
  for (const pid of [starter.pid as number, ...guards.map((guard) => guard.pid)]) process.kill(pid, "SIGKILL");
  const orphan = Number.parseInt(await readFile(join(folder, "cluster", "postmaster.pid"), "utf8"), 10);
  expect(isAlive(orphan)).toBe(true);

  const server = await start(folder);
  expect(isAlive(orphan)).toBe(false);
  expect(await query(server.url("postgres"), "SELECT 1 AS one")).toEqual([{ one: 1 }]);
});

test("names a port that is in use", async () => {
  const [port = 0] = await freePorts(1);
  const other = createServer().listen(port, "127.0.0.1");
  try {
    await expect(start(await makeFolder(), { port })).rejects.toThrow(
      `Port ${port} is in use: stop what listens there or choose another port for PostgreSQL.`,
    );
  } finally {
    other.close();
  }
});

test("refuses the folder of another version", async () => {
  const folder = await makeFolder();
  await (await start(folder)).stop();
  await writeFile(join(folder, "cluster", "PG_VERSION"), "15\n");
  await expect(start(folder)).rejects.toThrow(/was made by PostgreSQL 15, this one is 18: move the folder away/);
});

test("makes the cluster anew when an earlier start was interrupted while it made it", async () => {
  const folder = await makeFolder();
  await writeFile(join(folder, "cluster.unfinished"), "");
  const server = await start(folder);
  expect(await query(server.url("postgres"), "SELECT 1 AS one")).toEqual([{ one: 1 }]);
});

(isRoot ? test : test.skip)("names the folder that the database's user may not enter", async () => {
  const closed = await makeFolder();
  await chmod(closed, 0o700);
  const starting = start(join(closed, "data", "postgres"));
  await expect(starting).rejects.toThrow(StartFault);
  await expect(starting).rejects.toThrow(`may not enter ${closed}: run \`chmod o+x ${closed}\``);
});

(isRoot ? test.skip : test)("names the folder that cannot be written", async () => {
  const closed = await makeFolder();
  await chmod(closed, 0o500);
  await expect(start(join(closed, "postgres"))).rejects.toThrow(/cannot be made \(EACCES\): choose another/);
});
