import { StaleError } from "../src/index.ts";
import { trip, World } from "./_world.ts";

let world: World;
let isReachable: boolean;
beforeEach(() => {
  world = new World();
  isReachable = true;
});
afterEach(() => world.close());

/** A journal whose heartbeats fail while it is not reachable. */
function fickleJournal() {
  const journal = world.journal();
  const beat = (owner: string) => (isReachable ? journal.beat(owner) : Promise.reject(new Error("no route")));
  return { ...journal, beat };
}

test("takes no new saga while its heartbeat is too old, and writes nothing for it", async () => {
  const engine = await world.start({}, { journal: fickleJournal() });
  isReachable = false;
  await world.clock.advance(6000);
  await expect(engine.submit(trip())).rejects.toThrow(StaleError);
  expect(world.database.rows.size).toBe(0);
  isReachable = true;
  await world.clock.advance(1000);
  expect(await engine.submit(trip())).toBe("created");
});
