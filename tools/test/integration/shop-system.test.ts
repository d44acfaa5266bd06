import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { eventually } from "@shop/testkit/eventually";
import pg from "pg";
import { StartFault } from "../../src/start-fault.ts";
import { listProcesses } from "../../src/supervisor/process-table.ts";
import { choosePorts, type PortName } from "../../src/system/ports.ts";
import type { ServiceEntry } from "../../src/system/service-table.ts";
import { createShop, type Shop, type ShopOptions } from "../../src/system/shop-system.ts";
import { makeFolder, removeFolders } from "../_folders.ts";

const root = join(import.meta.dirname, "..", "fixture");
const shops: Shop[] = [];

function service(name: string, folder: string, opsPort: PortName, hasDatabase = false): ServiceEntry {
  return { name, folder, opsPort, hasDatabase, passedOn: [], env: () => ({}) };
}

const first = service("first", "steady", "identity-ops", true);
const second = service("second", "steady", "orders-ops");

async function testOptions(dataDir: string): Promise<ShopOptions> {
  return {
    dataDir,
    ports: await choosePorts({ free: true }),
    services: [first, second],
    root,
    env: { PATH: process.env.PATH },
    durable: false,
    backoff: { firstMs: 10, maxMs: 10, calmMs: 60_000 },
  };
}

async function createTestShop(options: Partial<ShopOptions> & { dataDir: string }): Promise<Shop> {
  const shop = createShop({ ...(await testOptions(options.dataDir)), ...options });
  shops.push(shop);
  return shop;
}

async function start(shop: Shop): Promise<Shop> {
  for (const step of shop.preparation) await step.run();
  await Promise.all(shop.services.map((step) => step.run()));
  return shop;
}

async function stoppedAt(dataDir: string, name: string): Promise<number> {
  const log = await readFile(join(dataDir, "logs", `${name}.log`), "utf8");
  return Number(/stopped at ([\d.]+)/.exec(log)?.[1]);
}

/** What the next start would find and end, should this one be killed. */
async function notedAndRunning(dataDir: string): Promise<string[]> {
  const { groups } = JSON.parse(await readFile(join(dataDir, "run.json"), "utf8"));
  const processes = await listProcesses();
  const found = Object.entries<{ pid: number; command: string }>(groups).filter(([, { pid, command }]) =>
    processes.some((process) => process.group === pid && process.command.includes(command)),
  );
  return found.map(([name]) => name).sort();
}

async function processesOf(dataDir: string): Promise<string[]> {
  const commands = (await listProcesses()).map(({ command }) => command);
  return commands.filter((command) => command.includes(dataDir));
}

afterEach(async () => {
  for (const shop of shops.splice(0)) await shop.stop();
});

afterAll(removeFolders);

test("starts everything, stops it in the reverse order, and finds it again at the next start", async () => {
  const dataDir = await makeFolder();
  const shop = await start(await createTestShop({ dataDir }));
  const url = shop.databaseUrl("first");
  await query(url, "CREATE TABLE kept (id int)");
  expect((await processesOf(dataDir)).length).toBeGreaterThan(0);
  expect(await notedAndRunning(dataDir)).toEqual(["first", "postgres", "second"]);
  await shop.stop();
  expect(await stoppedAt(dataDir, "second")).toBeLessThanOrEqual(await stoppedAt(dataDir, "first"));
  expect(await processesOf(dataDir)).toEqual([]);
  await expect(stat(join(dataDir, "run.json"))).rejects.toMatchObject({ code: "ENOENT" });
  expect((await stat(join(dataDir, "secrets.json"))).mode & 0o777).toBe(0o600);

  const again = await start(await createTestShop({ dataDir }));
  expect(new URL(again.databaseUrl("first")).password).toBe(new URL(url).password);
  expect(await query(again.databaseUrl("first"), "SELECT id FROM kept")).toEqual([]);
});

test("names a service that cannot start, with the end of its log, and leaves nothing running", async () => {
  const dataDir = await makeFolder();
  const shop = await createTestShop({ dataDir, services: [first, service("sick", "dying", "orders-ops")] });
  const starting = start(shop);
  await expect(starting).rejects.toThrow(StartFault);
  await expect(starting).rejects.toThrow(
    /The service sick ended \d times; its log is .*sick.log and ends with:\n {2}GREETING is not set/,
  );
  await shop.stop();
  expect(await processesOf(dataDir)).toEqual([]);
});

test("ends the start at once when a service refuses its variables, with what it says of them", async () => {
  const dataDir = await makeFolder();
  const backoff = { firstMs: 60_000, maxMs: 60_000, calmMs: 0 };
  const shop = await createTestShop({ dataDir, backoff, services: [service("strict", "strict", "orders-ops")] });
  await expect(start(shop)).rejects.toThrow(
    /^The service strict cannot start with these variables:\n {2}- GREETING must be a greeting\n {2}- NAME is not set$/,
  );
});

test("kills a service that does not stop", async () => {
  const dataDir = await makeFolder();
  const services = [first, service("stubborn", "hanging", "orders-ops")];
  const shop = await start(await createTestShop({ dataDir, services, graceMs: 200 }));
  await shop.stop();
  expect(await readFile(join(dataDir, "logs", "stubborn.log"), "utf8")).toContain("asked to stop");
  expect(await processesOf(dataDir)).toEqual([]);
});

test("ends a start that is under way", async () => {
  const dataDir = await makeFolder();
  const shop = await createTestShop({ dataDir });
  const ended = expect(start(shop)).rejects.toThrow("The start was ended."); // before the stop is done, perhaps
  await shop.stop();
  await ended;
  expect(await processesOf(dataDir)).toEqual([]);
});

describe("while it runs", () => {
  const deaths: string[] = [];
  let dataDir: string;
  let shop: Shop;

  beforeAll(async () => {
    dataDir = await makeFolder();
    shop = createShop({ ...(await testOptions(dataDir)), onDeath: (name, reason) => deaths.push(`${name} ${reason}`) });
    await start(shop);
  });

  afterAll(() => shop.stop());

  test("starts a killed service and a killed PostgreSQL again", async () => {
    const pid = shop.service("second").pid;
    await shop.service("second").kill();
    await shop.waitUntilReady("second");
    expect(shop.service("second").pid).not.toBe(pid);

    await shop.service("postgres").kill();
    await eventually(() => query(shop.databaseUrl("first"), "SELECT 1"), { timeoutMs: 10_000 });
    expect(deaths).toEqual(["second was ended by signal 9", "postgres was ended by signal 9"]);
  });

  test("keeps a second run out of its data folder, unharmed by it", async () => {
    const other = createShop(await testOptions(dataDir));
    await expect(start(other)).rejects.toThrow("The system runs already in this data folder");
    await other.stop();
    expect(await query(shop.databaseUrl("first"), "SELECT 1 AS one")).toEqual([{ one: 1 }]);
  });

  test("a second run names the port that is in use", async () => {
    const orders = Number(new URL(shop.opsUrl("second")).port);
    const ports = { ...(await choosePorts({ free: true })), "orders-ops": orders };
    const other = createShop({ ...(await testOptions(join(dataDir, "other"))), ports });
    await expect(start(other)).rejects.toThrow(
      `Port ${orders} (orders-ops) is in use: stop what listens there, or start with --port orders-ops=<number>`,
    );
    await other.stop();
  });
});

test("names a service without sources", async () => {
  const services = [service("absent", "nowhere", "orders-ops")];
  const shop = await createTestShop({ dataDir: await makeFolder(), services });
  await expect(start(shop)).rejects.toThrow("The service absent has no");
});

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
