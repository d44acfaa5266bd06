import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const root = join(import.meta.dirname, "..", "..");
const documents = [
  ...["README.md", "CONTRIBUTING.md", "saga/README.md", "contracts/README.md", "load-tests/README.md"],
  ...globSync("docs/**/*.md", { cwd: root }),
];

/** The folders whose files a document names from the root. */
const folders = globSync("*/", { cwd: root, exclude: ["node_modules"] });

function textOf(file: string): string {
  return readFileSync(join(root, file), "utf8");
}

describe.each(documents)("%s", (file) => {
  const text = textOf(file);

  it("links to what is there", () => {
    const links = [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, target = ""]) => target);
    const missing = links.filter(
      (target) => !/^[a-z]+:/.test(target) && !existsSync(join(root, dirname(file), target)),
    );

    expect(missing).toEqual([]);
  });
});

// The README tells how to add a step, with files that are not there yet.
it.each(documents.filter((file) => file !== "README.md"))("%s names files that are there", (file) => {
  const named = [...textOf(file).matchAll(/`([\w.-]+\/[\w./-]+\.(?:ts|proto|sql|md))`/g)].map(([, path = ""]) => path);
  const fromRoot = named.filter((path) => folders.includes(path.split("/")[0] ?? ""));

  expect(fromRoot.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

it("the index of decisions lists every record under its title", () => {
  const records = globSync("[0-9]*.md", { cwd: join(root, "docs", "decisions") }).sort();
  const expected = records.map((file) => {
    const [, number = "", title = ""] = /^# (\d{4}) (.+)$/m.exec(textOf(`docs/decisions/${file}`)) ?? [];
    return `| [${number}](${file}) | ${title} |`;
  });

  expect(textOf("docs/decisions/README.md").match(/^\| \[.*$/gm)).toEqual(expected);
});
