import { type Check, checkRoutes, checkRpcs } from "./_access-check.ts";
import { openCallers } from "./_callers.ts";
import { gatewayRoutes } from "./_described-routes.ts";
import { type Doors, openDoors } from "./_doors.ts";
import { type Forgeries, openForgery } from "./_forgeries.ts";
import { seeded } from "./_seeded.ts";
import { createTally } from "./_tally.ts";
import { allTargets, oneOfEachDoor, type Target } from "./_targets.ts";
import { bringEachForgery, bringMutants, misplaceTokens } from "./_token-attacks.ts";
import { furnish, type World } from "./_world.ts";

jest.setTimeout(60_000);

const MUTANTS = 500;
const SEED = 20_261_121;

let doors: Doors;
let world: World;
let targets: readonly Target[];
let forgeries: Forgeries;

beforeAll(async () => {
  doors = await openDoors();
  world = await furnish(doors);
  targets = oneOfEachDoor(allTargets(doors, world));
  forgeries = await openForgery(doors, world, targets);
}, 120_000);

afterAll(() => doors?.close(), 60_000);

test("every door refuses every forged token", async () => {
  const tally = createTally();
  await bringEachForgery({ doors, world, tally }, targets, forgeries);
  expect(tally.takeBreaches()).toEqual([]);
});

test("every door refuses a good token that was changed, or that stands elsewhere than it should", async () => {
  const tally = createTally();
  await bringMutants({ doors, world, tally }, targets, { random: seeded(SEED), count: MUTANTS });
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
