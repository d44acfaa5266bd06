import { createNewest } from "./newest.ts";

describe("createNewest", () => {
  it("gives the newest of what was put since the last was taken", async () => {
    const newest = createNewest<number>();
    newest.put(1);
    newest.put(2);

    await expect(newest.take(1)).resolves.toEqual({ kind: "value", value: 2 });
    await expect(newest.take(1)).resolves.toEqual({ kind: "nothing" });
  });

  it("wakes who waits", async () => {
    const newest = createNewest<number>();
    const taken = newest.take(60_000);
    newest.put(3);

    await expect(taken).resolves.toEqual({ kind: "value", value: 3 });
  });

  it("gives what it holds before it ends, and tells why it ended", async () => {
    const failed = createNewest<number>();
    failed.put(1);
    failed.end(new Error("cut"));
    failed.put(2);
    const ended = createNewest<number>();
    const waiting = ended.take(60_000);
    ended.end();

    await expect(failed.take(1)).resolves.toEqual({ kind: "value", value: 1 });
    await expect(failed.take(1)).rejects.toThrow("cut");
    await expect(waiting).resolves.toEqual({ kind: "end" });
  });
});
