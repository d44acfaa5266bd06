import { setTimeout as wait } from "node:timers/promises";
import { placeGoodOrder, worded } from "./_fuzz-grpc.ts";
import { type GoodClient, startGoodClient } from "./_good-client.ts";
import { type Attack, http2Attacks } from "./_http2-attacks.ts";
import { type Condition, openShopProcess, type ShopProcess } from "./_shop-process.ts";
import { slowHttp1Attacks, slowHttp2Attacks } from "./_slow-attacks.ts";

const memoryMargin = 64 * 1024 * 1024;
/** Connections to databases come and go. */
const poolMargin = 20;

/**
 * What a good client may have to wait while somebody does this: so many times what it waited just before, or so many
 * milliseconds, whichever is more. The attacker, the attacked and all that they need share the machine.
 */
const bounds = { times: 5, p50: 50, p99: 500 };

let shop: ShopProcess;
let client: GoodClient;
let quiet: Condition;

beforeAll(async () => {
  shop = await openShopProcess();
  client = await startGoodClient(shop);
  await wait(3000);
  report(`before: ${JSON.stringify(await client.taken())}`);
  await wait(2000);
  report(`before: ${JSON.stringify(await client.taken())}`);
  quiet = await shop.condition();
  report(worded(quiet));
}, 120_000);

afterAll(async () => {
  await client?.close();
  await shop?.close();
}, 60_000);

describe("a good client is still served, and nothing is left, during", () => {
  test.each(http2Attacks.concat(slowHttp2Attacks))("$name at a gRPC door", (attack) =>
    withstand(attack, shop.grpc.inventory),
  );
  test.each(slowHttp1Attacks)("$name at the gateway", (attack) => withstand(attack, shop.http.gateway));
  test.each(slowHttp1Attacks)("$name at the identity service", (attack) => withstand(attack, shop.http.identity));
});

async function withstand({ name, run }: Attack, address: string | undefined): Promise<void> {
  await client.taken();
  await wait(1000);
  const before = await client.taken();
  const done = await run(address ?? "", 1);
  await wait(200);
  const during = await client.taken();
  const end = await shop.condition();
  const settled = await shop.settled(quiet.sockets + poolMargin);
  await client.taken();
  await wait(1000);
  const after = await client.taken();
  report(`${name} at ${address}: ${done}`);
  report(`  good client before ${JSON.stringify(before)}`);
  report(`  during ${JSON.stringify(during)}`);
  report(`  after ${JSON.stringify(after)}`);
  report(`  shop at the end: ${worded(end)}; then: ${worded(settled)}`);
  expect([...during.failures, ...after.failures, ...end.errors]).toEqual([]);
  expect(during.p50).toBeLessThan(Math.max(bounds.p50, bounds.times * before.p50));
  expect(during.p99).toBeLessThan(Math.max(bounds.p99, bounds.times * before.p99));
  expect(settled.heapUsed - quiet.heapUsed).toBeLessThan(memoryMargin);
  await expect(placeGoodOrder(shop)).resolves.toBe(201);
}

function report(line: string): void {
  process.stdout.write(`abuse: ${line}\n`);
}
