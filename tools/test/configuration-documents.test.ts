import { readFileSync } from "node:fs";
import { join } from "node:path";
import { configurationDocuments } from "../src/documents/configuration-documents.ts";

const root = join(import.meta.dirname, "..", "..");

test.each(["docs/configuration.md", ".env.example"])("%s is what the services' configurations say", async (file) => {
  const documents = await configurationDocuments(root);

  expect(readFileSync(join(root, file), "utf8")).toBe(documents.get(file));
});
