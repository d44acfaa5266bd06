import { FakeClock } from "@shop/testkit/fake-clock";
import { createWaitingRoom } from "./waiting-room.ts";

function setUp(places: number) {
  const clock = new FakeClock();
  const sleep = (ms: number) => new Promise<void>((resolve) => void clock.schedule(ms, resolve));
  return { clock, room: createWaitingRoom(places, sleep) };
}

describe("createWaitingRoom", () => {
  it("holds back for the time that it is told", async () => {
    const { clock, room } = setUp(1);
    let isOver = false;
    const waiting = room.wait(500).then(() => {
      isOver = true;
    });
    await clock.advance(499);
    expect(isOver).toBe(false);
    await clock.advance(1);
    await waiting;
  });

  it("lets everybody on who finds no place, until there is one again", async () => {
    const { clock, room } = setUp(2);
    const waiting = [room.wait(500), room.wait(500)];
    for (let more = 0; more < 10; more += 1) await room.wait(500);
    expect(clock.pending).toBe(2);
    await clock.advance(500);
    await Promise.all(waiting);
    void room.wait(500);
    expect(clock.pending).toBe(1);
  });

  it("holds nobody back who has not to wait", async () => {
    await setUp(1).room.wait(0);
  });
});
