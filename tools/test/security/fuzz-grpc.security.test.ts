import { countOfRun, seedOfRun } from "./_dice.ts";
import {
  blocksOfHeavyCalls,
  countsTable,
  type Door,
  fireMalformed,
  openGrpcDoors,
  placeGoodOrder,
  worded,
} from "./_fuzz-grpc.ts";
import { openShopProcess, type ShopProcess } from "./_shop-process.ts";

const seed = seedOfRun();
const count = countOfRun(100_000);
/** What is kept back of a share for what a process learns in its first calls: compiled code, pools, plans. */
const warmUp = Math.min(2_000, count);
const memoryMargin = 64 * 1024 * 1024;
/** Connections to databases come and go. */
const poolMargin = 20;

let shop: ShopProcess;
let doors: Door[];

beforeAll(async () => {
  shop = await openShopProcess();
  doors = await openGrpcDoors(shop);
}, 120_000);

afterAll(async () => {
  for (const { gun } of doors ?? []) gun.close();
  await shop?.close();
}, 60_000);

test(`answers ${count} malformed messages with the caller's fault, and is as it was before`, async () => {
  report(`seed ${seed}`);
  const { faults: early } = await fireMalformed(doors, warmUp, seed + 1);
  expect(early).toEqual([]);
  const before = await shop.condition();
  report(`before: ${worded(before)}`);

  const startedAt = performance.now();
  const { faults, kinds, ...outcome } = await fireMalformed(doors, count, seed);
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  const after = await shop.settled(before.sockets + poolMargin);
  report(`after ${seconds} s: ${worded(after)}\n${JSON.stringify(outcome)}\n${countsTable(kinds)}`);

  expect(faults).toEqual([]);
  expect(after.errors).toEqual([]);
  expect(after.heapUsed - before.heapUsed).toBeLessThan(memoryMargin);
  expect(after.rss - before.rss).toBeLessThan(4 * memoryMargin);
  await expect(placeGoodOrder(shop)).resolves.toBe(201);
});

test("is held up by no message for longer than 250 ms", async () => {
  const blocks = await blocksOfHeavyCalls(shop, doors);
  report(`${blocks.length} heavy messages, the worst: ${JSON.stringify(blocks.slice(0, 5))}`);
  expect(blocks.filter(({ fault }) => fault !== undefined)).toEqual([]);
  expect(blocks.filter(({ blockMs }) => blockMs > 250)).toEqual([]);
});

function report(line: string): void {
  process.stdout.write(`fuzz-grpc: ${line}\n`);
}
