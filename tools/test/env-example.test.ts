import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..", "..");

function namesIn(text: string, form: RegExp): string[] {
  return [...text.matchAll(form)].map(([, name = ""]) => name);
}

test(".env.example names exactly the variables that the services read", () => {
  const configs = ["platform/src/config.ts", ...globSync("{*-service,gateway}/src/config.ts", { cwd: root })];
  const read = configs.flatMap((file) => namesIn(readFileSync(join(root, file), "utf8"), /^ +([A-Z][A-Z0-9_]+): /gm));
  const documented = namesIn(readFileSync(join(root, ".env.example"), "utf8"), /^([A-Z][A-Z0-9_]+)=/gm);

  expect(documented.length).toBe(new Set(documented).size);
  expect([...documented].sort()).toEqual([...new Set(read)].sort());
});
