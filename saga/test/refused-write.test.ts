import { type Journal, JournalRefusedError } from "../src/index.ts";
import type { Trip } from "./_trip.ts";
import { trip, World } from "./_world.ts";

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

const blocked = async () => ({ kind: "blocked", message: "the breaker is open" }) as const;

test("takes a patch that the journal cannot hold for an unknown outcome, and leaves a dead letter", async () => {
  const engine = await world.start({ holdSeat: async () => ({ kind: "done", patch: { seat: "12\0A" } }) });
  await engine.submit(trip());
  await world.clock.advance(4000);
  expect(world.status).toBe("Parked");
  expect(world.database.deadLetters.get("HoldSeat")).toMatchObject({
    status: "Open",
    attempts: 4,
    lastError: "HoldSeat answered what cannot be kept: seat is text with a NUL or half a character",
  });
});

test("keeps of a refusal's code what the journal can hold", async () => {
  const engine = await world.start({ charge: async () => ({ kind: "refused", code: "NO\0\ud83d", message: "" }) });
  await engine.submit(trip());
  await world.clock.advance(0);
  expect(world.database.row.saga).toMatchObject({ status: "Compensated", failure: { code: "NO\ufffd" } });
});

describe("a write that the journal refuses for good", () => {
  let writes: number;
  let isRefusing: boolean;

  function refusingJournal(): Journal<Trip, undefined> {
    const journal = world.journal();
    const write: typeof journal.write = async (change) => {
      writes++;
      if (isRefusing) throw new JournalRefusedError("this cannot be stored");
      return journal.write(change);
    };
    return { ...journal, write };
  }

  beforeEach(() => {
    writes = 0;
    isRefusing = true;
  });

  test("is tried once, told of, and holds no slot", async () => {
    const engine = await world.start({}, { journal: refusingJournal() });
    await engine.submit(trip());
    await world.clock.advance(3000);
    expect({ writes, inFlight: engine.inFlight }).toEqual({ writes: 1, inFlight: 0 });
    expect(world.eventsOf("crashed")).toMatchObject([{ sagaId: "saga-1", error: expect.any(JournalRefusedError) }]);
  });

  test("is tried again less and less often, and each time it is an alarm", async () => {
    const engine = await world.start({}, { journal: refusingJournal() });
    await engine.submit(trip());
    await world.clock.advance(3_600_000);
    const crashes = world.events.filter((event) => event.kind === "crashed");
    expect(crashes.slice(0, 3)).toMatchObject([
      { times: 1, retryInMs: 5000 },
      { times: 2, retryInMs: 10_000 },
      { times: 3, retryInMs: 20_000 },
    ]);
    expect(crashes.at(-1)).toMatchObject({ retryInMs: 300_000 });
    expect(crashes.length).toBeLessThan(25);
    expect(crashes.length).toBeGreaterThan(12);
  });

  test("is left for recovery, which runs the saga again when it can be written", async () => {
    const engine = await world.start({}, { journal: refusingJournal() });
    await engine.submit(trip());
    await world.clock.advance(3000);
    isRefusing = false;
    await world.clock.advance(12_000);
    expect(world.database.row).toMatchObject({ saga: { status: "Completed" }, epoch: 2, clean: false });
  });

  test("that is parked in between counts from the beginning when it is refused again", async () => {
    const engine = await world.start({ charge: blocked }, { journal: refusingJournal() });
    await engine.submit(trip());
    await world.clock.advance(3000);
    isRefusing = false;
    await world.clock.until(() => world.status === "Parked", 30_000);
    isRefusing = true;
    await world.clock.until(() => world.eventsOf("crashed").length > 1, 30_000);
    expect(world.eventsOf("crashed")).toMatchObject([{ times: 1 }, { times: 1 }]);
  });
});

describe("an intent", () => {
  async function submit(faults: readonly Error[]) {
    let inserts = 0;
    const journal = world.journal();
    const insert: typeof journal.insert = async (...intent) => {
      const fault = faults[inserts++];
      if (fault) throw fault;
      return journal.insert(...intent);
    };
    const engine = await world.start({}, { journal: { ...journal, insert } });
    const submitted = engine.submit(trip()).catch((err: unknown) => err);
    await world.clock.advance(2000);
    return { outcome: await submitted, inserts, inFlight: engine.inFlight };
  }

  const lost = new Error("connection lost");
  const refused = new JournalRefusedError("this cannot be stored");

  test.each([
    ["is committed again when its outcome is unknown", [lost, lost], { outcome: "created", inserts: 3 }],
    ["fails when its outcome stays unknown", [lost, lost, lost], { outcome: lost, inserts: 3 }],
    ["fails at once when the journal refuses it for good", [refused], { outcome: refused, inserts: 1 }],
  ])("%s", async (_, faults, result) => {
    expect(await submit(faults)).toEqual({ ...result, inFlight: 0 });
  });
});
