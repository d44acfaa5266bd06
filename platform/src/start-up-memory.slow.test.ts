import { execFile } from "node:child_process";
import { promisify } from "node:util";

test("gives back the space for new objects that the start let grow", async () => {
  const { grown, shrunk } = await spaces();
  expect(grown).toBeGreaterThanOrEqual(8);
  expect(shrunk).toBeLessThanOrEqual(2);
}, 60_000);

/** The sizes, in MiB, in a process that has loaded a lot, dropped it, and then has nothing to do. */
async function spaces(): Promise<{ grown: number; shrunk: number }> {
  const script = `
    import { setTimeout as wait } from "node:timers/promises";
    import { getHeapSpaceStatistics } from "node:v8";
    import { releaseStartUpMemory } from ${JSON.stringify(`${import.meta.dirname}/start-up-memory.ts`)};
    const size = () => getHeapSpaceStatistics().find((space) => space.space_name === "new_space").space_size / 2 ** 20;
    let loaded = Array.from({ length: 300_000 }, (_, index) => ({ index }));
    const grown = size();
    loaded = undefined;
    releaseStartUpMemory();
    for (let seconds = 0; seconds < 40 && size() > 2; seconds += 1) await wait(1000);
    process.stdout.write(JSON.stringify({ grown, shrunk: size() }));`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script]);
  return JSON.parse(stdout);
}
