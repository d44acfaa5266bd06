import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..", "..");
/** With wrapped lines of lists put together again. */
const document = readFileSync(join(root, "docs", "correctness.md"), "utf8").replaceAll(/\n {2}(?=\S)/g, " ");

/** A test that the document names: `file`: "title". */
const NAMED = /^- `([^`]+\.ts)`: "(.+)"$/gm;

const sections = document.split(/^### /m).slice(1);

describe("docs/correctness.md", () => {
  it("names tests that exist", () => {
    const missing = [...document.matchAll(NAMED)].filter(([, file = "", title = ""]) => !hasTest(file, title));

    expect(missing.map(([line]) => line)).toEqual([]);
  });

  it.each(sections.map((section) => [section.split("\n")[0] ?? "", section]))(
    "tells the story and the tests of %s",
    (_title, section) => {
      expect(section).toContain("**Without it.** ");
      expect([...section.matchAll(NAMED)].length).toBeGreaterThan(0);
    },
  );

  it("has every rule that the engine's comments cite", () => {
    const named = [...document.matchAll(/^### ([DTUO]\d) /gm)].map(([, name]) => name);

    expect(named).toEqual("D1 D2 D3 D4 D5 T1 T2 T3 T4 U0 U1 U2 U3 U4 O1 O2 O3 O4 O5 O6".split(" "));
  });
});

/** The titles of parametrised tests are named as they are written, with their placeholders. */
function hasTest(file: string, title: string): boolean {
  const path = join(root, file);
  return existsSync(path) && readFileSync(path, "utf8").includes(`"${title}"`);
}
