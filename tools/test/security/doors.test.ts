import { type Check, checkRoutes, checkRpcs } from "./_access-check.ts";
import { attackedSystem, loggedErrors } from "./_attacked-system.ts";
import { openCallers } from "./_callers.ts";
import { gatewayRoutes } from "./_described-routes.ts";
import { seedOfRun } from "./_dice.ts";
import { type Doors, openDoors } from "./_doors.ts";
import { type Forgeries, openForgery } from "./_forgeries.ts";
import { fireMalformed, openGrpcDoors, placeGoodOrder } from "./_fuzz-grpc.ts";
import { fireMalformedRequests, httpFaultOf } from "./_fuzz-http.ts";
import { oddFramings } from "./_http-framing.ts";
import { exchangeRaw } from "./_http-gun.ts";
import { gatewayRoutes as fuzzedRoutes, identityRoutes } from "./_http-routes.ts";
import { seeded } from "./_seeded.ts";
import type { AttackedShop } from "./_shop-process.ts";
import { createTally } from "./_tally.ts";
import { allTargets, oneOfEachDoor, type Target } from "./_targets.ts";
import { bringEachForgery, bringMutants, misplaceTokens } from "./_token-attacks.ts";
import { furnish, type World } from "./_world.ts";

jest.setTimeout(60_000);

const MUTANTS = 500;
/** Of malformed messages, and of malformed requests. */
const MALFORMED = 200;
/** A door that has not ended a connection by then leaves it open. */
const READ_MS = 15_000;

let doors: Doors;
let world: World;
let targets: readonly Target[];
let forgeries: Forgeries;
let shop: AttackedShop;

beforeAll(async () => {
  doors = await openDoors();
  world = await furnish(doors);
  targets = oneOfEachDoor(allTargets(doors, world));
  forgeries = await openForgery(doors, world, targets);
  shop = await attackedSystem(doors, world);
}, 120_000);

afterAll(() => doors?.close(), 60_000);

test("every door refuses every forged token", async () => {
  const tally = createTally();
  await bringEachForgery({ doors, world, tally }, targets, forgeries);
  expect(tally.takeBreaches()).toEqual([]);
});

test("every door refuses a good token that was changed, or that stands elsewhere than it should", async () => {
  const tally = createTally();
  await bringMutants({ doors, world, tally }, targets, { random: seeded(seedOfRun()), count: MUTANTS });
  await misplaceTokens({ doors, world, tally }, targets);
  expect(tally.takeBreaches()).toEqual([]);
});

test("every RPC and every route answers those whom the table of access names, and nobody else", async () => {
  const tally = createTally();
  const check: Check = { doors, world, callersAt: openCallers(world), tally };
  await checkRpcs(check);
  await checkRoutes(check, await gatewayRoutes(doors));
  expect(tally.takeBreaches()).toEqual([]);
});

test("every gRPC door answers malformed messages with the caller's fault", async () => {
  const fuzzed = await openGrpcDoors(shop);
  const { faults } = await fireMalformed(fuzzed, MALFORMED, seedOfRun());
  for (const { gun } of fuzzed) gun.close();
  expect(faults).toEqual([]);
  expect(await loggedErrors(doors)).toEqual([]);
});

test("both HTTP doors answer malformed requests with a problem of the caller's", async () => {
  const routes = [...(await fuzzedRoutes(shop.http.gateway)), ...identityRoutes];
  const { faults } = await fireMalformedRequests(shop, routes, MALFORMED, seedOfRun());
  expect(faults).toEqual([]);
  expect(await loggedErrors(doors)).toEqual([]);
  await expect(placeGoodOrder(shop)).resolves.toBe(201);
});

test.each([
  ["gateway", "/auth/login"],
  ["identity", "/login"],
] as const)("the %s takes no framing of HTTP for another than it is, and says what is wrong", async (door, path) => {
  const outcomes = oddFramings(path).map(async ({ name, bytes, mostAnswers }) => {
    const { answers, isClosed } = await exchangeRaw(shop.http[door], bytes, READ_MS);
    const faults = answers.map((answer) => httpFaultOf(answer)).filter((fault) => fault !== undefined);
    if (answers.length > mostAnswers) faults.push(`${answers.length} answers`);
    if (answers.length === 0) faults.push("no answer");
    if (!isClosed) faults.push("left open");
    return faults.map((fault) => `${name}: ${fault}`);
  });
  expect((await Promise.all(outcomes)).flat()).toEqual([]);
});
