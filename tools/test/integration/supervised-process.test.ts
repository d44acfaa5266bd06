import { openSync } from "node:fs";
import { startGuarded } from "../../src/supervisor/guarded-process.ts";
import { superviseProcess } from "../../src/supervisor/supervised-process.ts";

const output = openSync("/dev/null", "w");
const launch = (script: string) => () =>
  startGuarded("/bin/sh", ["-c", script], { env: { PATH: process.env.PATH }, output });

/** Collects the deaths and resolves when there were `count`. */
function deathWatch(count: number) {
  const deaths: { reason: string; failures: number; delayMs: number }[] = [];
  const { promise, resolve } = Promise.withResolvers<typeof deaths>();
  const onDeath = (reason: string, failures: number, delayMs: number) => {
    deaths.push({ reason, failures, delayMs });
    if (deaths.length === count) resolve(deaths);
  };
  return { onDeath, all: promise };
}

test("starts a process again after a growing delay each time it dies", async () => {
  const { onDeath, all } = deathWatch(4);
  const supervised = superviseProcess(launch("exit 3"), {
    backoff: { firstMs: 10, maxMs: 40, calmMs: 60_000 },
    onDeath,
  });
  await supervised.start();
  expect((await all).map(({ delayMs }) => delayMs)).toEqual([10, 20, 40, 40]);
  expect((await all)[0]?.reason).toBe("ended with exit code 3");
  await supervised.stop();
  expect(supervised.deaths).toBeGreaterThanOrEqual(4);
});

test("begins with the short delay again when the process had lived long", async () => {
  const { onDeath, all } = deathWatch(3);
  const supervised = superviseProcess(launch("exit 3"), { backoff: { firstMs: 10, maxMs: 40, calmMs: 0 }, onDeath });
  await supervised.start();
  expect((await all).map(({ delayMs }) => delayMs)).toEqual([10, 10, 10]);
  await supervised.stop();
});

test("starts a killed process again, as another process", async () => {
  const started: number[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const supervised = superviseProcess(launch("exec sleep 100"), {
    backoff: { firstMs: 10, maxMs: 10, calmMs: 60_000 },
    onStart: (pid) => {
      started.push(pid);
      if (started.length === 2) resolve();
    },
  });
  await supervised.start();
  await supervised.kill();
  await promise;
  expect(supervised.pid).toBe(started[1]);
  expect(started[0]).not.toBe(started[1]);
  await supervised.stop();
  expect(supervised.pid).toBeUndefined();
});

test("stops at once while it waits for the next start", async () => {
  const { onDeath, all } = deathWatch(1);
  const supervised = superviseProcess(launch("exit 1"), {
    backoff: { firstMs: 60_000, maxMs: 60_000, calmMs: 0 },
    onDeath,
  });
  await supervised.start();
  await all;
  await supervised.stop();
  expect(supervised.pid).toBeUndefined();
});

test("stops a process whose start is under way", async () => {
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  const supervised = superviseProcess(async () => {
    await gate;
    return launch("exec sleep 100")();
  });
  const starting = supervised.start();
  const stopping = supervised.stop();
  open();
  await Promise.all([starting, stopping]);
  expect(supervised.pid).toBeUndefined();
});

test("counts a start that fails as a death, but hands the first failure to the caller", async () => {
  const { onDeath, all } = deathWatch(2);
  let attempts = 0;
  const supervised = superviseProcess(
    async () => {
      attempts += 1;
      if (attempts === 1 || attempts === 3) throw new Error("no more processes");
      return launch("exit 0")();
    },
    { backoff: { firstMs: 5, maxMs: 5, calmMs: 60_000 }, onDeath },
  );
  await expect(supervised.start()).rejects.toThrow("no more processes");
  await supervised.start();
  expect((await all).map(({ reason }) => reason)).toEqual([
    "ended with exit code 0",
    "could not be started: no more processes",
  ]);
  await supervised.stop();
});
