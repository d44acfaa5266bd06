import { createGatherer } from "./gatherer.ts";
import { mayBeOneItemsFault, RowFault } from "./row-fault.ts";

/** A flush that answers each item with itself in capitals, when it is let go. */
function heldFlush() {
  const batches: string[][] = [];
  const letGo: (() => void)[] = [];
  return {
    batches,
    letGo,
    flush: async (items: readonly string[]) => {
      batches.push([...items]);
      await new Promise<void>((resolve) => letGo.push(resolve));
      return items.map((item) => item.toUpperCase());
    },
  };
}

/** Lets everything that is ready to run have its turn. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

test("flushes a lone item at once and gathers what comes meanwhile", async () => {
  const { batches, letGo, flush } = heldFlush();
  const gatherer = createGatherer({ flush, mayBeOneItemsFault, writers: 1 });
  const first = gatherer.submit("a");
  await turn();
  const others = [gatherer.submit("b"), gatherer.submit("c")];
  await turn();
  expect(batches).toEqual([["a"]]);
  letGo.shift()?.();
  expect(await first).toBe("A");
  await turn();
  letGo.shift()?.();
  expect(await Promise.all(others)).toEqual(["B", "C"]);
  expect(batches).toEqual([["a"], ["b", "c"]]);
});

test("never puts more than the greatest batch into a flush", async () => {
  const batches: string[][] = [];
  const flush = async (items: readonly string[]) => {
    batches.push([...items]);
    return items;
  };
  const gatherer = createGatherer({ flush, mayBeOneItemsFault, writers: 1, maxBatch: 2 });
  expect(await Promise.all(["a", "b", "c", "d", "e"].map((item) => gatherer.submit(item)))).toEqual([..."abcde"]);
  expect(batches).toEqual([["a", "b"], ["c", "d"], ["e"]]);
});

test("refuses what comes beyond the greatest queue", async () => {
  const { letGo, flush } = heldFlush();
  const gatherer = createGatherer({ flush, mayBeOneItemsFault, writers: 1, maxWaiting: 1 });
  const first = gatherer.submit("a");
  await turn();
  const second = gatherer.submit("b");
  await expect(gatherer.submit("c")).rejects.toMatchObject({ code: "OVERLOADED" });
  letGo.shift()?.();
  await first;
  await turn();
  letGo.shift()?.();
  expect(await second).toBe("B");
});

test("does not flush what nobody waits for any more", async () => {
  const { batches, letGo, flush } = heldFlush();
  const gatherer = createGatherer({ flush, mayBeOneItemsFault, writers: 1 });
  const first = gatherer.submit("a");
  await turn();
  const caller = new AbortController();
  const second = gatherer.submit("b", caller.signal);
  caller.abort(new Error("gone"));
  letGo.shift()?.();
  await first;
  await expect(second).rejects.toThrow("gone");
  expect(batches).toEqual([["a"]]);
});

test("flushes each item alone when one of them may be at fault", async () => {
  const flush = async (items: readonly string[]) => {
    if (items.includes("bad")) throw new RowFault("bad row");
    return items;
  };
  const gatherer = createGatherer({ flush, mayBeOneItemsFault, writers: 1 });
  const results = await Promise.allSettled(["a", "bad", "c"].map((item) => gatherer.submit(item)));
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
});

test("fails a batch as a whole when the database does", async () => {
  let flushes = 0;
  const flush = async () => {
    flushes += 1;
    throw new Error("Connection terminated unexpectedly");
  };
  const gatherer = createGatherer({ flush, mayBeOneItemsFault, writers: 1 });
  const results = await Promise.allSettled(["a", "b"].map((item) => gatherer.submit(item)));
  expect(results.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(flushes).toBe(1);
});

test("answers what it has taken before it closes, and takes nothing after", async () => {
  const { letGo, flush } = heldFlush();
  const gatherer = createGatherer({ flush, mayBeOneItemsFault });
  const taken = gatherer.submit("a");
  await turn();
  const closed = gatherer.close();
  await expect(gatherer.submit("b")).rejects.toMatchObject({ code: "UNAVAILABLE" });
  letGo.shift()?.();
  await closed;
  expect(await taken).toBe("A");
});
