import { accessSync, constants } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { howToGetK6 } from "../../src/load-test/find-k6.ts";

/** The program; undefined where there is none. */
export const k6: string | undefined = candidates().find(isExecutable);

/** A `describe` whose tests run k6. Where there is none they are skipped, visibly; with REQUIRE_K6 set, that is a failure. */
export function describeWithK6(name: string, tests: () => void): void {
  if (k6 !== undefined) describe(name, tests);
  else if (!process.env.REQUIRE_K6) describe.skip(`${name}: there is no k6`, tests);
  else {
    test(`${name} has k6`, () => {
      throw new Error(`REQUIRE_K6 is set, and there is no k6. ${howToGetK6}`);
    });
  }
}

function candidates(): string[] {
  const { K6, PATH = "", GOPATH = join(homedir(), "go") } = process.env;
  return K6 ? [K6] : [...PATH.split(delimiter), join(GOPATH, "bin")].map((folder) => join(folder, "k6"));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false; // not here
  }
}
