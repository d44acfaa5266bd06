import { createFollower } from "./follower.ts";

/** A follower whose readings end when the test says so. */
function setUp() {
  const readings: { succeed(): void; fail(err: Error): void }[] = [];
  const failures: unknown[] = [];
  const follower = createFollower({
    everyMs: 1_000,
    read: () => new Promise((succeed, fail) => readings.push({ succeed, fail })),
    onFailure: (err) => failures.push(err),
  });
  return { readings, failures, follower };
}

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

it("rejects a start whose first reading fails", async () => {
  const test = setUp();
  const started = test.follower.start();
  test.readings[0]?.fail(new Error("away"));
  await expect(started).rejects.toThrow("away");
  expect(jest.getTimerCount()).toBe(0);
});

it("reads again after its pause, goes on after failures and tells the first of them", async () => {
  const test = setUp();
  const started = test.follower.start();
  test.readings[0]?.succeed();
  await started;
  for (const index of [1, 2]) {
    await jest.advanceTimersByTimeAsync(1_000);
    test.readings[index]?.fail(new Error(`away ${index}`));
  }
  await jest.advanceTimersByTimeAsync(1_000);
  test.readings[3]?.succeed();
  await jest.advanceTimersByTimeAsync(1_000);
  test.readings[4]?.fail(new Error("away again"));
  await jest.advanceTimersByTimeAsync(0);

  expect(test.readings).toHaveLength(5);
  expect(test.failures).toEqual([new Error("away 1"), new Error("away again")]);
});

it("gives all who want a refresh during a reading the one that begins after it", async () => {
  const test = setUp();
  const first = test.follower.refresh();
  let isRefreshed = false;
  const later = Promise.all([test.follower.refresh(), test.follower.refresh()]).then(() => {
    isRefreshed = true;
  });
  test.readings[0]?.succeed();
  await first;
  await jest.advanceTimersByTimeAsync(0);
  expect(test.readings).toHaveLength(2);
  expect(isRefreshed).toBe(false);
  test.readings[1]?.fail(new Error("away"));
  await later;
  expect(test.readings).toHaveLength(2);
});

it("reads no more once it is closed, and waits for what is under way", async () => {
  const test = setUp();
  const started = test.follower.start();
  test.readings[0]?.succeed();
  await started;
  void test.follower.refresh();
  let isClosed = false;
  const closed = test.follower.close().then(() => {
    isClosed = true;
  });
  await jest.advanceTimersByTimeAsync(5_000);
  expect(isClosed).toBe(false);
  test.readings[1]?.succeed();
  await closed;
  await jest.advanceTimersByTimeAsync(5_000);
  await test.follower.refresh();
  expect(test.readings).toHaveLength(2);
});
