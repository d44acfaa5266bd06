import { status } from "@grpc/grpc-js";
import { providerFailed } from "@shop/platform/resilience";
import { eventually } from "@shop/testkit/eventually";
import { createDice, seedOfRun } from "./_dice.ts";
import { type Gun, openGun, type Reply, type Shot } from "./_grpc-gun.ts";
import { leakIn } from "./_leaks.ts";
import { heavyCalls, malformedCall, type Target } from "./_malformed-calls.ts";
import { allMethods, type Method } from "./_schemas.ts";
import type { AttackedShop, Condition, ShopProcess } from "./_shop-process.ts";
import { textTable } from "./_tally.ts";
import { frame } from "./_wire.ts";

/** Which of a shop's doors an RPC is at, by the package that it is in. */
const doors: Readonly<Record<string, string>> = {
  "shop.orders": "orders",
  "shop.inventory": "inventory",
  "shop.payments": "payments",
  "shop.shipping": "shipping",
  "shop.notifications": "notifications",
};

/** A door with all that is behind it. */
export interface Door {
  readonly name: string;
  readonly gun: Gun;
  readonly targets: readonly Target[];
}

/** Finds every RPC at every door, and for each the tokens that get past it, by asking. */
export async function openGrpcDoors(shop: AttackedShop): Promise<Door[]> {
  const methods = allMethods();
  const authorizations = [undefined, ...Object.values(shop.tokens).map((token) => `Bearer ${token}`)];
  return Promise.all(
    Object.entries(doors).map(async ([prefix, name]) => {
      const gun = openGun(shop.grpc[name] ?? "");
      // Health and batches are at every door.
      const here = methods.filter(({ service }) => service.startsWith(prefix) || /^(grpc|shop\.batch)/.test(service));
      const targets = here.map(async (method) => ({
        method,
        neighbours: here,
        authorizations: await thatGetPast(gun, method, authorizations),
      }));
      return { name, gun, targets: await Promise.all(targets) };
    }),
  );
}

async function thatGetPast(
  gun: Gun,
  { path, service }: Method,
  authorizations: readonly (string | undefined)[],
): Promise<(string | undefined)[]> {
  // A batch is opened to everybody: the calls in it are refused.
  if (service === "shop.batch.v1.BatchService") return [...authorizations];
  const tried = await Promise.all(
    authorizations.map(async (authorization) => {
      const headers = { "grpc-timeout": "2S", ...(authorization && { authorization }) };
      const { code } = await gun.fire({ kind: "probe", path, headers, body: frame(Buffer.alloc(0)) });
      return code === status.UNAUTHENTICATED || code === status.PERMISSION_DENIED ? [] : [authorization];
    }),
  );
  const found = tried.flat();
  if (found.length === 0) throw new Error(`No token gets past ${path}.`);
  // Now and then none at all, so that the door itself is tried too.
  return [...found, ...found, ...found, undefined];
}

/** How often each outcome was had, by what was tried. */
export type Counts = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** What came of many calls. */
export interface Outcome {
  readonly fired: number;
  /** How many ended with each code, those inside batches beside. */
  readonly codes: Readonly<Record<string, number>>;
  readonly innerCodes: Readonly<Record<string, number>>;
  /** How many of each malformation ended with each code. */
  readonly kinds: Counts;
  /** The five slowest. */
  readonly slowest: readonly { readonly ms: number; readonly call: string }[];
  /** The first calls that were not answered as they should have been. */
  readonly faults: readonly string[];
}

/** Fires malformed calls at all doors, `atOnce` at a time. */
export async function fireMalformed(doors: readonly Door[], count: number, seed = seedOfRun()): Promise<Outcome> {
  const dice = createDice(seed);
  const codes: Record<string, number> = {};
  const innerCodes: Record<string, number> = {};
  const kinds: Record<string, Record<string, number>> = {};
  const faults: string[] = [];
  const slowest: { ms: number; call: string }[] = [];
  let fired = 0;

  async function keepFiring(): Promise<void> {
    while (fired < count && faults.length < 10) {
      fired += 1;
      const number = fired;
      const door = dice.pick(doors);
      const shot = malformedCall(dice, door.targets);
      const reply = await door.gun.fire(shot);
      countUp(codes, nameOf(reply.code));
      for (const kind of shot.kind.split("/")) countIn(kinds, kind, nameOf(reply.code));
      slowest.push({ ms: Math.round(reply.ms), call: `${shot.kind} ${shot.path} ${nameOf(reply.code)}` });
      if (slowest.length > 100) slowest.sort((a, b) => b.ms - a.ms).splice(5);
      for (const { code } of reply.inner) countUp(innerCodes, nameOf(code));
      const fault = faultOf(shot, reply);
      if (fault !== undefined) faults.push(`seed ${seed}, call ${number} at ${door.name}: ${fault}`);
    }
  }

  await Promise.all(Array.from({ length: atOnce }, keepFiring));
  slowest.sort((a, b) => b.ms - a.ms).splice(5);
  return { fired, codes, innerCodes, kinds, slowest, faults };
}

const atOnce = 64;

function countUp(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}

/** Counts one outcome of what is named. */
export function countIn(counts: Record<string, Record<string, number>>, name: string, outcome: string): void {
  const own = counts[name] ?? {};
  counts[name] = own;
  countUp(own, outcome);
}

/** A line for each thing that was tried: how often, and how often it had each outcome. */
export function countsTable(counts: Counts): string {
  const rows = Object.entries(counts).map(([name, own]) => {
    const outcomes = Object.entries(own).sort(([, a], [, b]) => b - a);
    const sum = outcomes.reduce((total, [, count]) => total + count, 0);
    return [name, String(sum), outcomes.map(([outcome, count]) => `${outcome} ${count}`).join(", ")];
  });
  return textTable([["tried", "times", "answered"], ...rows.sort(([a = ""], [b = ""]) => a.localeCompare(b))]);
}

function nameOf(code: number | undefined): string {
  return code === undefined ? "none" : (status[code] ?? String(code));
}

/** Codes that say the fault is the caller's, or that there is too much to do. */
const acceptable = new Set<number>([
  ...[status.OK, status.INVALID_ARGUMENT, status.NOT_FOUND, status.ALREADY_EXISTS, status.PERMISSION_DENIED],
  ...[status.RESOURCE_EXHAUSTED, status.FAILED_PRECONDITION, status.UNIMPLEMENTED, status.UNAUTHENTICATED],
  ...[status.DEADLINE_EXCEEDED, status.ABORTED],
]);

/**
 * A charge that happens to be a good one, for an order whose id ends in 2, is failed by the sandbox's rules. What the service
 * says of its provider then is no fault of its own; one that is it logs as an error.
 */
function isAcceptable(code: number | undefined, text: string): boolean {
  if (code === undefined) return false;
  return acceptable.has(code) || (code === status.UNAVAILABLE && text.includes(providerFailed));
}

/** What is wrong with an answer. */
export function faultOf(shot: Shot, { code, httpStatus, inner, text }: Reply): string | undefined {
  const headers = JSON.stringify(shot.headers).replaceAll(/\.[\w-]{30,}/g, ".…");
  const described = `${shot.kind} ${shot.path} ${headers} -> ${text.slice(0, 500)}`;
  const isRefusedAsNoGrpc = httpStatus === 415 && code === undefined;
  if (!isRefusedAsNoGrpc && !isAcceptable(code, text)) return `${nameOf(code)}: ${described}`;
  const wrong = inner.find((answer) => !isAcceptable(answer.code, answer.text));
  if (wrong !== undefined) return `${nameOf(wrong.code)} in a batch: ${described}`;
  const leak = leakIn(text);
  return leak === undefined ? undefined : `leaks "${leak}": ${described}`;
}

/** How long the worst message of each kind holds up the process, each sent by itself to each RPC. */
export async function blocksOfHeavyCalls(
  shop: ShopProcess,
  doors: readonly Door[],
  most = Number.POSITIVE_INFINITY,
): Promise<{ shot: string; blockMs: number; fault: string | undefined }[]> {
  const dice = createDice(seedOfRun());
  const all = doors.flatMap((door) =>
    door.targets.flatMap((target) => heavyCalls(dice, target).map((shot) => ({ door, shot }))),
  );
  const found: { shot: string; blockMs: number; fault: string | undefined }[] = [];
  for (const { door, shot } of all.slice(0, most)) {
    await shop.longestBlock();
    const reply = await door.gun.fire(shot);
    const blockMs = await shop.longestBlock();
    found.push({ shot: `${shot.kind} ${shot.path}`, blockMs, fault: faultOf(shot, reply) });
  }
  return found.sort((a, b) => b.blockMs - a.blockMs);
}

/** Places an order at the gateway, which needs every service; asked again while there is too much to do. It answers 201. */
export function placeGoodOrder(shop: AttackedShop): Promise<number> {
  return eventually(
    async () => {
      const status = await tryToOrder(shop);
      if (status !== 201) throw new Error(`An order is answered ${status}.`);
      return status;
    },
    { timeoutMs: 30_000, intervalMs: 500 },
  );
}

async function tryToOrder({ http, tokens }: AttackedShop): Promise<number> {
  const listed = await fetch(`http://${http.gateway}/api/products`);
  const { products = [] } = (await listed.json()) as { products?: { id: string; available: number }[] };
  const productId = products.find(({ available }) => available > 0)?.id;
  const shippingAddress = { street: "1 Main St", city: "Springfield", state: "IL", zipCode: "62701", country: "US" };
  const response = await fetch(`http://${http.gateway}/api/orders`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${tokens.customer}` },
    body: JSON.stringify({ items: [{ productId, quantity: 1 }], shippingAddress }),
  });
  await response.text();
  return response.status;
}

/** One line on how a process fares. */
export function worded({ rss, heapUsed, arrayBuffers, sockets, longestBlockMs }: Condition): string {
  const mb = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MB`;
  return `rss ${mb(rss)}, heap ${mb(heapUsed)}, buffers ${mb(arrayBuffers)}, ${sockets} sockets, longest block ${Math.round(longestBlockMs)} ms`;
}
