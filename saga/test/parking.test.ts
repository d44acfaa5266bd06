import type { Engine } from "../src/index.ts";
import type { StepOutcome } from "../src/outcome.ts";
import { done, type Trip } from "./_trip.ts";
import { trip, World } from "./_world.ts";

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

const blocked = async () => ({ kind: "blocked", message: "the breaker is open" }) as const;

describe("a wake", () => {
  test("that comes while the call is under way makes the park that follows it due at once", async () => {
    let charge: () => Promise<StepOutcome<Trip>> = blocked;
    const engine = await world.start({ charge: () => charge() });
    await parkFor10Seconds(engine);
    let wasWoken = false;
    charge = async () => {
      charge = done;
      await engine.wake(["Charge"]);
      wasWoken = true;
      return { kind: "blocked", message: "the breaker was open" };
    };
    await world.clock.until(() => wasWoken, 20_000);
    await world.clock.advance(1000);
    expect(world.status).toBe("Completed");
  });

  test("that comes while the park is being written wakes it when it is written", async () => {
    const journal = world.journal();
    let whileWriting = async () => {};
    const write: typeof journal.write = async (change) => {
      await whileWriting();
      return journal.write(change);
    };
    let charge: () => Promise<StepOutcome<Trip>> = blocked;
    const engine = await world.start({ charge: () => charge() }, { journal: { ...journal, write } });
    await parkFor10Seconds(engine);
    let wasWoken = false;
    whileWriting = async () => {
      whileWriting = async () => {};
      charge = done;
      await engine.wake(["Charge"]);
      wasWoken = true;
    };
    await world.clock.until(() => wasWoken, 20_000);
    await world.clock.advance(1000);
    expect(world.status).toBe("Completed");
  });

  test("of another step changes nothing", async () => {
    const calls: number[] = [];
    const engine = await world.start({
      book: async () => {
        calls.push(world.clock.now());
        await engine.wake(["Charge"]);
        return { kind: "blocked", message: "" };
      },
    });
    await engine.submit(trip());
    await world.clock.advance(900);
    expect(calls).toHaveLength(1);
  });
});

/** Lets the trip be parked so often that it is for as long as the rules allow. */
async function parkFor10Seconds(engine: Engine<Trip, undefined>): Promise<void> {
  await engine.submit(trip());
  await world.clock.advance(20_000);
  expect(world.status).toBe("Parked");
}
