// Writes the documents that are made from the services' configurations. With --check it only says whether they are as they
// should be, and ends with exit code 1 where they are not.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { configurationDocuments } from "./configuration-documents.ts";

const root = join(import.meta.dirname, "..", "..", "..");
const isCheck = process.argv.includes("--check");

for (const [file, text] of await configurationDocuments(root)) {
  const path = join(root, file);
  if (!isCheck) writeFileSync(path, text);
  else if (readFileSync(path, "utf8") !== text) {
    process.stderr.write(`${file} is not what the services' configurations say: run \`npm run docs:configuration\`.\n`);
    process.exitCode = 1;
  }
}
