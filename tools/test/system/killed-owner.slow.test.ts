import { eventually } from "@shop/testkit/eventually";
import { type Fate, fates } from "./_fates.ts";
import { expectEnds, newOrderId, type Orphan, openOrders, orphan, placeUnheard } from "./_killed-owner.ts";
import { type Neighbours, openNeighbours } from "./_neighbours.ts";
import { type Death, startOwner } from "./_owners.ts";

let neighbours: Neighbours;

beforeEach(async () => {
  neighbours = await openNeighbours();
}, 60_000);

afterEach(() => neighbours?.close(), 60_000);

const atOnce = 4;

/** Every deed of a fate, before and after. */
function deathsOf(fate: Fate): Death[] {
  return fate.deeds.flatMap((_, index) => (["before", "after"] as const).map((when) => ({ at: index + 1, when })));
}

/** A few at a time, so that the machine's load does not decide who is taken for dead. */
async function orphanAll(fate: Fate, deaths: readonly Death[]): Promise<Orphan[]> {
  const waiting = [...deaths];
  const orphans: Orphan[] = [];
  const work = async () => {
    for (let death = waiting.shift(); death; death = waiting.shift())
      orphans.push(await orphan(neighbours, fate, death));
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return orphans;
}

test.each(Object.values(fates))("$name ends as it must wherever its process is killed", async (fate) => {
  const heir = await startOwner(neighbours);
  try {
    const orphans = await orphanAll(fate, deathsOf(fate));
    expect(orphans).toHaveLength(2 * fate.deeds.length);
    await expectEnds(neighbours, orphans);
  } finally {
    await heir.end();
  }
});

test("orders end as they must when those who take them over are killed too", async () => {
  const points = [2, 3, 4, 5, 6];
  const orphans = [
    ...(await orphanAll(
      fates.good,
      points.map((at) => ({ at, when: "after" })),
    )),
    ...(await orphanAll(
      fates.undone,
      points.map((at) => ({ at, when: "after" })),
    )),
  ];
  for (const at of [2, 5, 9, 14]) {
    const heir = await startOwner(neighbours, { death: { at, when: at % 2 === 0 ? "before" : "after" } });
    await heir.has("deed");
    await heir.end();
  }
  const last = await startOwner(neighbours);
  try {
    await expectEnds(neighbours, orphans);
  } finally {
    await last.end();
  }
});

test("orders end as they must while processes are killed at random deeds all the time", async () => {
  const orderIds: string[] = [];
  const fateOf = (index: number): Fate => Object.values(fates)[index % 3] as Fate;
  const generation = async (lane: number) => {
    for (let round = 0; round < 5; round += 1) {
      const death: Death = { at: 5 + ((lane * 7 + round * 11) % 17), when: round % 2 === 0 ? "before" : "after" };
      const owner = await startOwner(neighbours, { death });
      while (!owner.told.some(({ deed }) => deed)) {
        const ids = [0, 1, 2].map(() => newOrderId());
        orderIds.push(...ids);
        await Promise.all(ids.map((orderId, index) => placeUnheard(owner, fateOf(index), orderId)));
      }
      await owner.end();
    }
  };
  await Promise.all([0, 1, 2].map(generation));
  const last = await startOwner(neighbours);
  try {
    const durable = await neighbours.query<{ id: string }>("orders", "SELECT id FROM orders");
    expect(durable.length).toBeGreaterThan(0);
    const ids = durable.map(({ id }) => id);
    await eventually(async () => expect(await openOrders(neighbours, ids)).toEqual([]), { timeoutMs: 90_000 });
    expect(await neighbours.faults()).toEqual([]);
  } finally {
    await last.end();
  }
});
