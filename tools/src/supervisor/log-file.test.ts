import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lastLines, openLogFile } from "./log-file.ts";

const folder = mkdtempSync(join(tmpdir(), "shop-log-file-"));

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());
afterAll(() => rmSync(folder, { recursive: true }));

test("moves the content aside when it grows beyond the limit, and goes on in the same file", () => {
  const path = join(folder, "bounded.log");
  const log = openLogFile(path, { limitBytes: 10, checkMs: 1_000 });
  writeSync(log.descriptor, "first line\nsecond line\n");
  jest.advanceTimersByTime(1_000);
  writeSync(log.descriptor, "third\n");
  jest.advanceTimersByTime(1_000);
  log.close();
  expect(readFileSync(`${path}.1`, "utf8")).toBe("first line\nsecond line\n");
  expect(readFileSync(path, "utf8")).toBe("third\n");
});

test("appends to what an earlier run wrote, for the owner's eyes only", () => {
  const path = join(folder, "appended.log");
  writeFileSync(path, "yesterday\n", { mode: 0o600 });
  const log = openLogFile(path);
  writeSync(log.descriptor, "today\n");
  log.close();
  expect(readFileSync(path, "utf8")).toBe("yesterday\ntoday\n");
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("reads the last lines that were written behind a place", () => {
  const log = openLogFile(join(folder, "read.log"));
  writeSync(log.descriptor, "old\n");
  const start = statSync(log.path).size;
  writeSync(log.descriptor, "one\ntwo\n\nthree\n");
  expect(lastLines(log, start, 2)).toEqual(["two", "three"]);
  expect(lastLines(log, start, 9)).toEqual(["one", "two", "three"]);
  // The content was moved aside meanwhile: all that is there was written behind the place.
  expect(lastLines(log, 1_000, 9)).toEqual(["old", "one", "two", "three"]);
  log.close();
});
