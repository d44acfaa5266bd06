import { seedOfRun } from "./_dice.ts";
import { type Doors, openDoors } from "./_doors.ts";
import { type Forgeries, forgeriesByOthers, goodToken, openForgery } from "./_forgeries.ts";
import { seeded } from "./_seeded.ts";
import { createTally, textTable } from "./_tally.ts";
import { allTargets, oneOfEachDoor, type Target } from "./_targets.ts";
import {
  bringForgeries,
  bringMutants,
  hideTokensInBatches,
  misplaceTokens,
  overloadHeaders,
  tryAtIdentity,
} from "./_token-attacks.ts";
import { timesToRefusal, WITHDRAWN_WITHIN_MS, withdrawals } from "./_withdrawn.ts";
import { furnish, type World } from "./_world.ts";

jest.setTimeout(300_000);

const MUTANTS = 20_000;

let doors: Doors;
let world: World;
let targets: readonly Target[];
let forgeries: Forgeries;
const tally = createTally();

beforeAll(async () => {
  doors = await openDoors();
  world = await furnish(doors);
  targets = allTargets(doors, world);
  forgeries = await openForgery(doors, world, targets);
}, 120_000);

afterAll(async () => {
  tally.print("Tokens refused, by attack and door");
  await doors?.close();
}, 60_000);

/** What still opens each target. */
async function expectGoodTokensToOpen(): Promise<void> {
  const closed: string[] = [];
  for (const target of targets) {
    const breach = await target.knock({ authorization: `Bearer ${goodToken(target, world)}` });
    if (breach === undefined) closed.push(`${target.door} ${target.name}`);
  }
  expect(closed).toEqual([]);
}

test("a good token opens every door", async () => {
  await expectGoodTokensToOpen();
});

test("every forged token is refused by every RPC and route at its own door, however it is brought", async () => {
  await bringForgeries({ doors, world, tally }, targets, forgeries);
  expect(tally.takeBreaches()).toEqual([]);
});

test("a good token that was changed anywhere is refused", async () => {
  await bringMutants({ doors, world, tally }, targets, { random: seeded(seedOfRun()), count: MUTANTS });
  expect(tally.takeBreaches()).toEqual([]);
});

test("a good token counts nowhere but in one authorization as a bearer's", async () => {
  await misplaceTokens({ doors, world, tally }, targets);
  expect(tally.takeBreaches()).toEqual([]);
});

test("a good token inside a batch is nobody's", async () => {
  await hideTokensInBatches({ doors, world, tally });
  expect(tally.takeBreaches()).toEqual([]);
});

test("headers beyond the limits are refused, and the door stays open", async () => {
  await overloadHeaders({ doors, world, tally }, targets);
  expect(tally.takeBreaches()).toEqual([]);
  await expectGoodTokensToOpen();
});

test("no forged token is exchanged, introspected as active, or taken as a refresh token", async () => {
  await tryAtIdentity({ doors, world, tally }, await forgeriesByOthers(doors, world));
  expect(tally.takeBreaches()).toEqual([]);
});

test("what identity has taken back is refused at every door within 10 s", async () => {
  const each = oneOfEachDoor(targets);
  const rows = [["time to refusal", ...each.map(({ door }) => door)]];
  for (const { name, begin } of withdrawals(doors, world)) {
    const { token, withdraw } = await begin();
    for (const target of each) {
      expect(await target.knock({ authorization: `Bearer ${token}` })).toEqual(expect.any(String));
    }
    await withdraw();
    const times = await timesToRefusal(each, token);
    rows.push([name, ...times.map((time) => `${(time / 1000).toFixed(2)} s`)]);
    for (const [index, time] of times.entries()) {
      const breach = time > WITHDRAWN_WITHIN_MS ? "still taken after 10 s" : undefined;
      tally.count(name, each[index]?.door ?? "", breach);
    }
  }
  process.stdout.write(`\n${textTable(rows)}\n`);
  expect(tally.takeBreaches()).toEqual([]);
});
