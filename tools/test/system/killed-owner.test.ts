import { fates } from "./_fates.ts";
import { expectEnds, orphan } from "./_killed-owner.ts";
import { type Neighbours, openNeighbours } from "./_neighbours.ts";
import { type Owner, startOwner } from "./_owners.ts";

jest.setTimeout(90_000);

let neighbours: Neighbours;
let heir: Owner;

beforeAll(async () => {
  neighbours = await openNeighbours();
  heir = await startOwner(neighbours);
}, 60_000);

afterAll(async () => {
  await heir?.end();
  await neighbours?.close();
}, 60_000);

/** Every point of every fate is in the slow test. */
test("orders whose process is killed end as they must: one charge each, none without its order, no stock held", async () => {
  const orphans = await Promise.all([
    orphan(neighbours, fates.good, { at: 1, when: "before" }),
    orphan(neighbours, fates.good, { at: 1, when: "after" }),
    orphan(neighbours, fates.good, { at: 4, when: "after" }),
    orphan(neighbours, fates.good, { at: 6, when: "after" }),
    orphan(neighbours, fates.undone, { at: 6, when: "after" }),
    orphan(neighbours, fates.undone, { at: 7, when: "after" }),
  ]);
  await expectEnds(neighbours, orphans);
});
