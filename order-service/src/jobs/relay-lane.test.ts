import { FakeClock } from "@shop/testkit/fake-clock";
import type { Delivery, Subscriber } from "../clients/notifications-client.ts";
import type { ClaimedEvent } from "../store/claim-events.ts";
import type { Settlement } from "../store/settle-events.ts";
import { createRelayLane, type RelayLane } from "./relay-lane.ts";

const SLOTS = 8;

let clock: FakeClock;
let waiting: ClaimedEvent[];
let claims: number[];
let settled: string[][];
let calls: { readonly eventId: string; end(delivery?: Delivery): void }[];
let room: (wanted: number) => number;
let claimFault: unknown;
let claimed: Promise<void>;
let settleFaults: unknown[];
let told: string[];
let createLane: (paceMs: number) => RelayLane;
let lane: RelayLane;

beforeEach(() => {
  clock = new FakeClock();
  waiting = [];
  claims = [];
  settled = [];
  calls = [];
  room = (wanted) => wanted;
  claimFault = undefined;
  claimed = Promise.resolve();
  settleFaults = [];
  told = [];
  const subscriber: Subscriber = {
    room: (wanted) => room(wanted),
    deliver: ({ eventId }) =>
      new Promise((resolve) => {
        calls.push({ eventId, end: (delivery = { kind: "done" }) => resolve(delivery) });
      }),
  };
  createLane = (paceMs) =>
    createRelayLane({
      slots: SLOTS,
      paceMs,
      subscriber,
      clock,
      async claim(limit) {
        claims.push(limit);
        await claimed;
        if (claimFault) throw claimFault;
        return waiting.splice(0, limit);
      },
      settlementOf: (event) => ({ event, kind: "sent" }),
      async settle(settlements: readonly Settlement[]) {
        const fault = settleFaults.shift();
        if (fault) throw fault;
        settled.push(settlements.map(({ event }) => event.eventId));
      },
      outboxFailed: (operation) => told.push(operation),
    });
  lane = createLane(0);
});

function put(count: number): void {
  for (let number = 0; number < count; number++) {
    const eventId = `e${number}`;
    const about = { orderId: "o", userId: "u", type: "domain.order.OrderCompleted" as const };
    waiting.push({
      ...about,
      eventId,
      sagaId: "s",
      attempts: 0,
      faults: 0,
      event: { ...about, eventId, occurredAt: new Date(0) },
    });
  }
}

async function wake(): Promise<void> {
  lane.wake();
  await clock.advance(0);
}

async function endCalls(count: number): Promise<void> {
  for (const call of calls.splice(0, count)) call.end();
  await clock.advance(0);
}

it("claims as many as there are slots, calls them all at once, and settles those together that end together", async () => {
  put(5);
  await wake();
  expect(claims).toEqual([SLOTS]);
  expect(calls).toHaveLength(5);
  await endCalls(5);
  expect(settled.flat()).toHaveLength(5);
  expect(settled.length).toBeLessThanOrEqual(2);
});

it("claims again when half of the slots are free, not for each one", async () => {
  put(20);
  await wake();
  expect(calls).toHaveLength(SLOTS);
  await endCalls(3);
  expect(claims).toEqual([8]);
  await endCalls(1);
  expect(claims).toEqual([8, 4]);
  expect(calls).toHaveLength(SLOTS);
});

it("works through a thousand with a claim and a settling for at least half of the slots", async () => {
  put(1000);
  await wake();
  while (calls.length > 0) await endCalls(calls.length);
  expect(settled.flat()).toHaveLength(1000);
  expect(claims.length).toBeLessThanOrEqual(1000 / (SLOTS / 2) + 1);
});

it("looks again where somebody asked while it was looking", async () => {
  lane.wake();
  lane.wake();
  await clock.advance(0);
  expect(claims).toEqual([SLOTS, SLOTS]);
});

it("claims nothing while there is no room at the subscriber's", async () => {
  put(3);
  room = () => 0;
  await wake();
  expect(claims).toEqual([]);
});

it("sends one to find out whether the subscriber is back", async () => {
  put(3);
  let isProbing = true;
  room = (wanted) => (calls.length > 0 && isProbing ? 0 : isProbing ? 1 : wanted);
  await wake();
  expect(claims).toEqual([1]);
  expect(calls).toHaveLength(1);
  isProbing = false;
  await endCalls(1);
  await wake();
  expect(calls).toHaveLength(2);
});

it("goes on after a claim that failed", async () => {
  put(1);
  claimFault = new Error("no database");
  await wake();
  expect(told).toEqual(["claim"]);
  claimFault = undefined;
  await wake();
  expect(calls).toHaveLength(1);
});

it("repeats a settling until it succeeds, and gathers meanwhile", async () => {
  put(3);
  settleFaults = [new Error("no database"), new Error("no database")];
  await wake();
  await endCalls(1);
  await endCalls(2);
  await clock.advance(499);
  expect(settled).toEqual([]);
  await clock.advance(501);
  expect(told).toEqual(["settle", "settle"]);
  expect(settled.map((batch) => batch.length)).toEqual([1, 2]);
});

it("claims nothing for slots whose outcome is not written", async () => {
  put(20);
  settleFaults = Array(100).fill(new Error("no database"));
  await wake();
  await endCalls(8);
  await clock.advance(5000);
  await wake();
  expect(claims).toEqual([8]);
});

describe("what comes close together", () => {
  beforeEach(() => {
    lane = createLane(20);
  });

  it("is claimed together, after what came first has gone at once", async () => {
    put(1);
    await wake();
    expect(calls).toHaveLength(1);
    put(1);
    await wake();
    put(2);
    await wake();
    expect(claims).toEqual([8]);
    await clock.advance(20);
    expect(claims).toEqual([8, 7]);
    expect(calls).toHaveLength(4);
  });

  it("is settled together, unless it fills half of the slots", async () => {
    put(8);
    await wake();
    await endCalls(3);
    await clock.advance(19);
    expect(settled.map((batch) => batch.length)).toEqual([1]);
    await endCalls(1);
    await clock.advance(1);
    expect(settled.map((batch) => batch.length)).toEqual([1, 3]);
    await endCalls(4);
    expect(settled.flat()).toHaveLength(5);
    await clock.advance(20);
    expect(settled.flat()).toHaveLength(8);
  });

  it("does not keep what comes later waiting", async () => {
    put(1);
    await wake();
    await endCalls(1);
    await clock.advance(20);
    put(1);
    await wake();
    expect(claims).toEqual([8, 8]);
    await endCalls(1);
    expect(settled).toEqual([["e0"], ["e0"]]);
  });

  it("is not looked for after the relay was closed", async () => {
    await wake();
    await wake();
    await lane.close(0);
    expect(clock.pending).toBe(0);
    await clock.advance(1000);
    expect(claims).toEqual([8]);
  });
});

describe("closing", () => {
  it("is done at once where nothing is under way", async () => {
    await lane.close(1000);
    await wake();
    expect(claims).toEqual([]);
  });

  it("waits for calls, and for what they came to", async () => {
    put(1);
    await wake();
    const closed = lane.close(1000);
    await endCalls(1);
    await closed;
    expect(settled).toEqual([["e0"]]);
  });

  it("waits for a claim, and for what is done with what it brings", async () => {
    put(1);
    const answer = Promise.withResolvers<void>();
    claimed = answer.promise;
    await wake();
    let isClosed = false;
    const closed = lane.close(1000).then(() => {
      isClosed = true;
    });
    await clock.advance(0);
    expect(isClosed).toBe(false);
    answer.resolve();
    await clock.advance(0);
    expect(isClosed).toBe(false);
    await endCalls(1);
    await closed;
    expect(settled).toEqual([["e0"]]);
  });

  it("ends in bounded time where a call never ends", async () => {
    put(1);
    await wake();
    let isClosed = false;
    void lane.close(1000).then(() => {
      isClosed = true;
    });
    await clock.advance(2999);
    expect(isClosed).toBe(false);
    await clock.advance(1);
    expect(isClosed).toBe(true);
    expect(clock.pending).toBe(0);
  });

  it("ends in bounded time where the outcome cannot be written", async () => {
    put(1);
    settleFaults = Array(100).fill(new Error("no database"));
    await wake();
    await endCalls(1);
    let isClosed = false;
    void lane.close(1000).then(() => {
      isClosed = true;
    });
    await clock.advance(3000);
    expect(isClosed).toBe(true);
    expect(clock.pending).toBe(0);
  });
});
