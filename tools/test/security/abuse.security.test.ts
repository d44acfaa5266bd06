import { setTimeout as wait } from "node:timers/promises";
import { placeGoodOrder, worded } from "./_fuzz-grpc.ts";
import { type GoodClient, type Service, startGoodClient } from "./_good-client.ts";
import { type Attack, http2Attacks } from "./_http2-attacks.ts";
import { type Condition, openShopProcess, type ShopProcess } from "./_shop-process.ts";
import { slowHttp1Attacks, slowHttp2Attacks } from "./_slow-attacks.ts";
import { textTable } from "./_tally.ts";
import { eventAttacks, watchAttacks } from "./_watch-attacks.ts";

const memoryMargin = 64 * 1024 * 1024;
/** Connections to databases come and go. */
const poolMargin = 20;

/**
 * What a good client may have to wait while somebody does this: so many times what another one waits meanwhile at a shop
 * that nobody attacks, or what it waited itself just before, or so many milliseconds, whichever is most. The attacker, the
 * attacked and all that they need share the machine.
 */
const bounds = { times: 5, p50: 100, p99: 500 };

interface Party {
  readonly shop: ShopProcess;
  readonly client: GoodClient;
}

const rows = [["attack", "at", "what was done", "p50 / p99 before", "during", "elsewhere", "MB more", "MB left"]];
let attacked: Party;
let elsewhere: Party;
let quiet: Condition;

beforeAll(async () => {
  attacked = await openParty();
  elsewhere = await openParty();
  await wait(3000);
  await placeGoodOrder(attacked.shop);
  quiet = await attacked.shop.condition();
}, 240_000);

afterAll(async () => {
  process.stdout.write(
    `\nA good client while others attack, in milliseconds; the heap then and later\n${textTable(rows)}\n`,
  );
  for (const party of [attacked, elsewhere]) {
    await party?.client.close();
    await party?.shop.close();
  }
}, 60_000);

describe("a good client is still served, and nothing is left, during", () => {
  test.each(http2Attacks.concat(slowHttp2Attacks))("$name at a gRPC door", (attack) =>
    withstand(attack, "inventory", attacked.shop.grpc.inventory),
  );
  test.each(watchAttacks)("$name", (attack) => withstand(attack, "orders", attacked.shop.grpc.orders));
  test.each([...slowHttp1Attacks, ...eventAttacks])("$name at the gateway", (attack) =>
    withstand(attack, "gateway", attacked.shop.http.gateway),
  );
  test.each(slowHttp1Attacks)("$name at the identity service", (attack) =>
    withstand(attack, "identity", attacked.shop.http.identity),
  );
});

async function withstand({ name, run }: Attack, door: string, address = ""): Promise<void> {
  const { shop, client } = attacked;
  await bothTaken();
  await wait(1000);
  const [before, otherBefore] = await bothTaken();
  const done = await run(address, 1, shop);
  await wait(200);
  const [during, other] = await bothTaken();
  const end = await shop.condition();
  const settled = await shop.settled(quiet.sockets + poolMargin);
  await client.taken();
  await wait(500);
  const after = await client.taken();
  const otherEnd = await elsewhere.shop.condition();
  const grown = [end, settled].map(({ heapUsed }) => String(Math.round((heapUsed - quiet.heapUsed) / 2 ** 20)));
  rows.push([name, door, done, shown(before), shown(during), shown(other), ...grown]);
  report(`${name} at the ${door}: ${done}; ${worded(end)}; then ${worded(settled)}`);
  expect([...during.failures, ...after.failures]).toEqual([]);
  // What the machine does to both is nobody's attack.
  if (otherEnd.errors.length === 0) expect(end.errors).toEqual([]);
  for (const share of ["p50", "p99"] as const) {
    const most = Math.max(before[share], other[share], otherBefore[share]);
    expect(during[share]).toBeLessThan(Math.max(bounds[share], bounds.times * most));
  }
  expect(settled.heapUsed - quiet.heapUsed).toBeLessThan(memoryMargin);
  await expect(placeGoodOrder(shop)).resolves.toBe(201);
}

function bothTaken(): Promise<[Service, Service]> {
  return Promise.all([attacked.client.taken(), elsewhere.client.taken()]);
}

async function openParty(): Promise<Party> {
  const shop = await openShopProcess();
  return { shop, client: await startGoodClient(shop) };
}

function shown({ p50, p99 }: Service): string {
  return `${p50} / ${p99}`;
}

function report(line: string): void {
  process.stdout.write(`abuse: ${line}\n`);
}
