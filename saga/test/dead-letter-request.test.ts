import { fail, type Trip, tripSaga } from "./_trip.ts";
import { trip, World } from "./_world.ts";

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

type Describe = (data: Readonly<Trip>) => Readonly<Record<string, unknown>>;

/** What the dead letter of a trip shows that cannot be charged. */
async function requestShown(describe?: Describe) {
  const definition = { ...tripSaga({ charge: fail("no route") }), describe };
  const engine = await world.start({}, { definition });
  await engine.submit(trip());
  await world.clock.advance(5000);
  return world.database.deadLetters.get("Charge")?.request;
}

const withoutDescription = { key: "key-of-saga-1", step: "Charge" };

test("shows the saga's key and the step, and nothing of its data, where nothing else is said", async () => {
  expect(await requestShown()).toEqual(withoutDescription);
});

test("shows what the definition picks out of the data, and says whose it is whatever that says", async () => {
  expect(await requestShown(({ seat }) => ({ seat, key: "x", step: "y" }))).toEqual({
    seat: "12A",
    ...withoutDescription,
  });
});

test.each<[string, Describe]>([
  [
    "fails",
    () => {
      throw new Error("no description");
    },
  ],
  ["cannot be kept", () => ({ price: 1n })],
])("holds no saga up by a description that %s", async (_, describe) => {
  expect(await requestShown(describe)).toEqual(withoutDescription);
});
