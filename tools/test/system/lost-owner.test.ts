import { type Fate, fates } from "./_fates.ts";
import { comesLate, expectEnded, expectEnds, type Late, type Orphan, orphan } from "./_lost-owner.ts";
import { type Neighbours, openNeighbours } from "./_neighbours.ts";
import { endOwners, startOwner } from "./_owners.ts";

jest.setTimeout(120_000);

/** A few of each kind; every deed of every fate is in the slow test. */
const late: readonly [Fate, string, string][] = [
  [fates.good, "process", "done"],
  [fates.good, "write Completed", "replaced"],
  [fates.undone, "process", "UNDONE"],
  [fates.undone, "refund", "done"],
];

let neighbours: Neighbours;
/** The processes are lost at the same time: what takes long is to find out. */
let killed: Promise<Orphan[]>;
let stopped: Promise<Late[]>;

beforeAll(async () => {
  neighbours = await openNeighbours();
  await startOwner(neighbours);
  killed = Promise.all([
    orphan(neighbours, fates.good, { at: "insert", when: "before" }),
    orphan(neighbours, fates.good, { at: "insert", when: "after" }),
    orphan(neighbours, fates.good, { at: "process", when: "after" }),
    orphan(neighbours, fates.good, { at: "commit", when: "after" }),
    orphan(neighbours, fates.undone, { at: "write Compensating", when: "after" }),
    orphan(neighbours, fates.undone, { at: "refund", when: "after" }),
  ]);
  stopped = Promise.all(late.map(([fate, deed]) => comesLate(neighbours, fate, deed)));
  await Promise.allSettled([killed, stopped]); // the tests tell
}, 120_000);

afterAll(async () => {
  await endOwners();
  await neighbours?.close();
}, 60_000);

test("orders whose process is killed end as they must: one charge each, none without its order, no stock held", async () => {
  await expectEnds(neighbours, await killed);
});

test("a process that was stopped until another had ended its sagas changes nothing: late calls are answered, late writes refused", async () => {
  const expected = late.map(([{ status }, , answer]) => ({ answer, changedRows: 0, status }));
  expect(await stopped).toEqual(expected);
  await expectEnded(neighbours, []);
  expect(await neighbours.faults()).toEqual([]);
});
