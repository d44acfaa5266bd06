import { countOfRun, seedOfRun } from "./_dice.ts";
import { countsTable, placeGoodOrder, worded } from "./_fuzz-grpc.ts";
import { fireMalformedRequests } from "./_fuzz-http.ts";
import { gatewayRoutes, identityRoutes } from "./_http-routes.ts";
import type { Route } from "./_malformed-requests.ts";
import { openShopProcess, type ShopProcess } from "./_shop-process.ts";

const seed = seedOfRun();
const count = countOfRun(100_000);
/** By then the allocator holds what this load takes at its height, and what is added from there on is a leak. */
const warmUp = Math.min(20_000, count);
const memoryMargin = 64 * 1024 * 1024;
/** Connections to databases come and go. */
const poolMargin = 20;

let shop: ShopProcess;
let routes: Route[];

beforeAll(async () => {
  shop = await openShopProcess();
  routes = [...(await gatewayRoutes(shop.http.gateway)), ...identityRoutes];
}, 120_000);

afterAll(() => shop?.close(), 60_000);

test(`answers ${count} malformed requests with a problem of the caller's, and is as it was before`, async () => {
  report(`seed ${seed}, ${routes.length} routes`);
  const { faults: early } = await fireMalformedRequests(shop, routes, warmUp, seed + 1);
  expect(early).toEqual([]);
  const before = await shop.condition();
  report(`before: ${worded(before)}`);

  const startedAt = performance.now();
  const { faults, byRoute, ...outcome } = await fireMalformedRequests(shop, routes, count, seed);
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  const after = await shop.settled(before.sockets + poolMargin);
  report(`after ${seconds} s: ${worded(after)}\n${JSON.stringify(outcome)}\n${countsTable(byRoute)}`);

  expect(faults).toEqual([]);
  expect(after.errors).toEqual([]);
  expect(after.heapUsed - before.heapUsed).toBeLessThan(memoryMargin);
  expect(after.rss - before.rss).toBeLessThan(4 * memoryMargin);
  await expect(placeGoodOrder(shop)).resolves.toBe(201);
});

function report(line: string): void {
  process.stdout.write(`fuzz-http: ${line}\n`);
}
