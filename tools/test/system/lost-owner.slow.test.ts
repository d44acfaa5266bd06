import { type Fate, fates } from "./_fates.ts";
import {
  comesLate,
  continued,
  expectEnded,
  expectEnds,
  newOrderId,
  type Orphan,
  orphan,
  placeUnheard,
} from "./_lost-owner.ts";
import { type Neighbours, openNeighbours } from "./_neighbours.ts";
import { type Death, endOwners, startOwner } from "./_owners.ts";

let neighbours: Neighbours;

beforeEach(async () => {
  neighbours = await openNeighbours();
}, 60_000);

afterEach(async () => {
  await endOwners();
  await neighbours?.close();
}, 60_000);

const atOnce = 4;

/** Every deed of a fate, before and after. */
function deathsOf(fate: Fate): Death[] {
  return fate.deeds.flatMap((at) => (["before", "after"] as const).map((when) => ({ at, when })));
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
  const after = ({ deeds }: Fate): Death[] => deeds.slice(0, -1).map((at) => ({ at, when: "after" }));
  const orphans = [
    ...(await orphanAll(fates.good, after(fates.good))),
    ...(await orphanAll(fates.undone, after(fates.undone))),
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
  const generation = async (lane: number) => {
    for (let round = 0; round < 5; round += 1) {
      const death: Death = { at: 5 + ((lane * 7 + round * 11) % 17), when: round % 2 === 0 ? "before" : "after" };
      const owner = await startOwner(neighbours, { death });
      while (owner.died === undefined) {
        await Promise.all(Object.values(fates).map((fate) => placeUnheard(owner, fate, newOrderId())));
      }
      await owner.end();
    }
  };
  await Promise.all([0, 1, 2].map(generation));
  const last = await startOwner(neighbours);
  try {
    await expectEnded(neighbours, []);
    expect((await neighbours.books()).orders.length).toBeGreaterThan(0);
    expect(await neighbours.faults()).toEqual([]);
  } finally {
    await last.end();
  }
});

test("what a stopped process does when others have ended its sagas changes nothing: late calls are answered, late writes refused", async () => {
  const late: [Fate, string, string][] = [
    [fates.good, "check", "done"],
    [fates.good, "reserve", "done"],
    [fates.good, "process", "done"],
    [fates.good, "schedule", "done"],
    [fates.good, "commit", "done"],
    [fates.good, "write Completed", "replaced"],
    [fates.declined, "reserve", "UNDONE"],
    [fates.declined, "process", "PAYMENT_DECLINED"],
    [fates.declined, "write Compensating", "replaced"],
    [fates.declined, "release", "done"],
    [fates.declined, "write Compensated", "replaced"],
    [fates.undone, "reserve", "UNDONE"],
    [fates.undone, "process", "UNDONE"],
    [fates.undone, "schedule", "UNDONE"],
    [fates.undone, "write Compensating", "replaced"],
    [fates.undone, "refund", "done"],
    [fates.undone, "release", "done"],
    [fates.undone, "write Compensated", "replaced"],
  ];
  const heir = await startOwner(neighbours);
  try {
    for (let from = 0; from < late.length; from += atOnce) {
      const some = late.slice(from, from + atOnce);
      const found = await Promise.all(some.map(([fate, deed]) => comesLate(neighbours, fate, deed)));
      expect(found).toEqual(some.map(([{ status }, , answer]) => ({ answer, changedRows: 0, status })));
    }
    expect(await neighbours.faults()).toEqual([]);
  } finally {
    await heir.end();
  }
});

describe("an order that is found when its time is over", () => {
  /** The heir asks the arbiter first: only that knows whether the order was sold. */
  const impatient = { variables: { SAGA_TIMEOUT_SECONDS: "1" } };

  test("is completed where it was sold, and undone where it was not, by processes that were killed", async () => {
    const sold = await orphanAll(fates.good, [{ at: "commit", when: "after" }]);
    const unsold = await orphanAll(fates.good, [{ at: "commit", when: "before" }]);
    const heir = await startOwner(neighbours, impatient);
    try {
      await expectEnds(neighbours, [...sold, ...unsold.map((each) => ({ ...each, fate: overdue }))]);
    } finally {
      await heir.end();
    }
  });

  test("cannot be sold any more by the process that was stopped before it sold it", async () => {
    const heir = await startOwner(neighbours, impatient);
    try {
      const found = await comesLate(neighbours, fates.good, "commit");
      expect(found).toEqual({ answer: "UNDONE", changedRows: 0, status: "Failed" });
      expect(await neighbours.faults()).toEqual([]);
    } finally {
      await heir.end();
    }
  });

  test("stays sold when a process that was to give it back comes late", async () => {
    const [sold] = await orphanAll(fates.good, [{ at: "commit", when: "after" }]);
    const death: Death = { at: "release", when: "before", by: "SIGSTOP" };
    const second = await startOwner(neighbours, { ...impatient, death });
    await second.has("deed");
    const heir = await startOwner(neighbours, impatient);
    try {
      const found = await continued(neighbours, second, sold?.orderId ?? "");
      expect(found).toEqual({ answer: "COMMITTED", changedRows: 0, status: "Completed" });
      expect(await neighbours.faults()).toEqual([]);
    } finally {
      await Promise.all([second.end(), heir.end()]);
    }
  });
});

/** Charged, and not sold in time. */
const overdue: Fate = { ...fates.good, status: "Failed" };
