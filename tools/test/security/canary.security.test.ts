import { appendFile, cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Canaries, type Canary, createCanaries, secretCanary, writings } from "./_canaries.ts";
import { identityScenario } from "./_canary-identity.ts";
import { operate, orderOverGrpc, orderOverRest } from "./_canary-orders.ts";
import { impatience, loseTheCustomer, placeOrdersInOutages, readDeadLetters } from "./_canary-outages.ts";
import { type Doors, openDoors } from "./_doors.ts";
import { findCanaries, logFiles, type Passage, placesOf } from "./_places.ts";
import { createRecorder, type Recorder } from "./_recorder.ts";
import { textTable } from "./_tally.ts";
import { furnish, type World } from "./_world.ts";

jest.setTimeout(300_000);

let doors: Doors;
let recorder: Recorder;
let canaries: Canaries;
let secrets: readonly Canary[];
let passages: readonly Passage[];
let letters: readonly string[];

/** Everything that is asked of the system, from which all the tests below look for traces. */
beforeAll(async () => {
  canaries = createCanaries();
  doors = await openDoors({ ...impatience, LOG_LEVEL: "trace", DEMO_PASSWORD: canaries.password.value });
  recorder = createRecorder(doors);
  const world = await furnish(doors, canaries.password.value);
  secrets = [...(await installationSecrets()), ...givenTokens(world)];
  const identity = identityScenario(doors, recorder, canaries);
  const { access: admin } = await identity.logIn("admin", canaries.password.value);
  const customer = await identity.createCustomer(admin, "canary-customer");
  const productId = world.product.id;

  await orderOverRest(recorder, canaries, productId, customer.access);
  await orderOverGrpc(recorder, canaries, productId, { user: customer.access, service: world.services });
  await operate(recorder, canaries, { admin, productId, sagaId: world.order.sagaId });
  await identity.askForTokens(customer);
  await identity.useTwice(await identity.logIn("bob", canaries.password.value));
  const parts = { doors, recorder, canaries, productId, admin, customer };
  await placeOrdersInOutages(parts);
  await loseTheCustomer(parts);
  letters = await readDeadLetters(parts);
  await identity.failToLogIn();
  const written = await Promise.all(placesOf(doors.system).map((place) => place.read()));
  passages = [...written.flat(), ...recorder.passages];
}, 280_000);

afterAll(() => doors?.close(), 60_000);

async function installationSecrets(): Promise<Canary[]> {
  const { databases, ...others } = await doors.secrets();
  const all = {
    ...others,
    ...Object.fromEntries(Object.entries(databases).map(([name, value]) => [`database ${name}`, value])),
  };
  return Object.entries(all).map(([name, value]) => secretCanary(`the secret of ${name}`, value));
}

function givenTokens({ users, services }: World): Canary[] {
  return Object.entries({ ...users, ...services }).map(([name, token]) =>
    secretCanary(`the access token of ${name}`, (token.split(".")[2] ?? "").slice(0, 40)),
  );
}

function all(): Canary[] {
  return [...Object.values(canaries), ...secrets, ...recorder.tokens];
}

function placesNamed(start: string): Passage[] {
  return passages.filter(({ where }) => where.startsWith(start));
}

test("the requests have brought about every kind of outcome", () => {
  const steps = ["ProcessPayment", "RefundPayment", "ScheduleShipment", "ValidateInventory", "Send"];
  for (const step of steps) expect(letters).toContainEqual(expect.stringContaining(step));
  const codes = recorder.passages.map(({ where }) => where.split(", ").at(-1));
  for (const code of ["400", "401", "404", "413", "415", "422", "503", "INVALID_ARGUMENT", "UNAUTHENTICATED"]) {
    expect(codes).toContain(code);
  }
  const rows = Map.groupBy(passages, ({ where }) => where.split(/[ :]/)[0] ?? "");
  const table = [...rows].map(([kind, found]) => [kind, `${found.length}`, `${sizeOf(found)} bytes`]);
  process.stdout.write(`\n${textTable([["places searched", "", `for ${all().length} canaries`], ...table])}\n`);
});

function sizeOf(found: readonly Passage[]): number {
  return found.reduce((sum, { text }) => sum + text.length, 0);
}

test.each(["log", "metrics", "command line", "database", "answer"])(
  "no canary stands in any %s where it may not",
  (start) => {
    expect(placesNamed(start).length).toBeGreaterThan(0);
    expect(findCanaries(all(), placesNamed(start))).toEqual([]);
  },
);

test("what an order needs is found where it belongs, so the search finds", () => {
  const belongs = {
    street: canaries.street,
    key: canaries.cardAsKey,
    profile: canaries.profileStreet,
    reason: canaries.cardAsReason,
  };
  for (const canary of Object.values(belongs)) {
    for (const place of canary.mayBeIn.filter((name) => /^database (orders|shipping):/.test(name))) {
      const isThere = placesNamed(place).some(({ text }) => text.includes(canary.value));
      expect([canary.name, place, isThere]).toEqual([canary.name, place, true]);
    }
  }
});

test("a canary that is planted in a log is found in whatever writing", async () => {
  const folder = await mkdtemp(join(tmpdir(), "shop-test-canary-"));
  try {
    await cp(doors.system.logsDir, folder, { recursive: true });
    for (const [index, writing] of writings(canaries.password.value).entries()) {
      await appendFile(join(folder, "orders.log"), `{"message":"planted ${index}","labels":{"note":"x${writing}x"}}\n`);
      const found = findCanaries([canaries.password], await logFiles(folder).read());
      expect(found).toEqual([expect.stringContaining("the password of the demo users in log orders.log")]);
      await cp(join(doors.system.logsDir, "orders.log"), join(folder, "orders.log"));
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});
