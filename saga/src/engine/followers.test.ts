import { FakeClock } from "@shop/testkit/fake-clock";
import type { SagaSnapshot } from "../state.ts";
import { createFollowers } from "./followers.ts";

const row = (id: string): SagaSnapshot<object> => {
  return { id, key: id, status: "InProgress", currentStep: "", history: [], data: {} };
};

let clock: FakeClock;
let held: Set<string>;
let reads: (readonly string[])[];
/** How long the journal takes to answer. */
let readMs: number;
let unreachable: Error | undefined;
let failures: unknown[];
beforeEach(() => {
  failures = [];
  unreachable = undefined;
  clock = new FakeClock();
  held = new Set();
  reads = [];
  readMs = 0;
});

function open() {
  return createFollowers<object>({
    clock,
    isHeld: (sagaId) => held.has(sagaId),
    read: async (sagaIds) => {
      reads.push(sagaIds);
      if (readMs > 0) await new Promise((resolve) => clock.schedule(readMs, () => resolve(undefined)));
      if (unreachable) throw unreachable;
      return sagaIds.map(row);
    },
    pollFailed: (error) => failures.push(error),
  });
}

test("asks four times a second, once for all that run elsewhere, and not for what runs here", async () => {
  const followers = open();
  held.add("here");
  const told: string[] = [];
  for (const id of ["one", "here", "one", "two"]) followers.follow(id, (saga) => told.push(saga.id));
  await clock.advance(1000);
  expect(reads).toEqual(Array.from({ length: 4 }, () => ["one", "two"]));
  expect(told.slice(0, 3)).toEqual(["one", "one", "two"]);
});

test("asks for nothing while all that is followed runs here", async () => {
  held.add("here");
  open().follow("here", () => {});
  await clock.advance(1000);
  expect(reads).toEqual([]);
});

test("tells of a journal that cannot be read, and asks again", async () => {
  const followers = open();
  const told: string[] = [];
  followers.follow("one", (saga) => told.push(saga.id));
  unreachable = new Error("no route");
  await clock.advance(500);
  expect([failures, told]).toEqual([[unreachable, unreachable], []]);
  unreachable = undefined;
  await clock.advance(250);
  expect(told).toEqual(["one"]);
});

test("does not tell what was read before the saga began to run here", async () => {
  readMs = 100;
  const told: string[] = [];
  open().follow("one", (saga) => told.push(saga.id));
  await clock.advance(300);
  expect(reads).toHaveLength(1);
  held.add("one");
  await clock.advance(1000);
  expect(told).toEqual([]);
  held.clear();
  await clock.advance(700);
  expect(told).not.toEqual([]);
});

test("does not wait for the next time to ask when nobody follows any more, and begins again with the next", async () => {
  const followers = open();
  const told: string[] = [];
  for (const id of ["one", "two"]) {
    const leave = followers.follow(id, (saga) => told.push(saga.id));
    await clock.advance(250);
    leave();
    await clock.advance(250);
    expect(clock.pending).toBe(0);
  }
  expect(told).toEqual(["one", "two"]);
});

test("goes on for those who stay when one of several leaves", async () => {
  const followers = open();
  const told: string[] = [];
  const leave = followers.follow("one", () => told.push("leaves"));
  followers.follow("one", () => told.push("stays"));
  leave();
  leave();
  await clock.advance(250);
  expect(told).toEqual(["stays"]);
});

test("asks for nothing more when it is closed, though nobody has left", async () => {
  const followers = open();
  followers.follow("one", () => {});
  await clock.advance(250);
  followers.close();
  followers.follow("two", () => {});
  await clock.advance(1000);
  expect(reads).toHaveLength(1);
  expect(clock.pending).toBe(0);
});
