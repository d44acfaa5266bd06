import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

const MIGRATIONS = join(import.meta.dirname, "..", "src", "store", "migrations");
const SCHEMA = join(import.meta.dirname, "..", "..", "saga", "src", "journal", "schema.sql");

test("the migration of the sagas holds the journal's schema word for word", async () => {
  const names = (await readdir(MIGRATIONS)).filter((name) => name.endsWith("_order-sagas.sql"));
  expect(names).toHaveLength(1);
  const migration = await readFile(join(MIGRATIONS, names[0] ?? ""), "utf8");
  expect(migration).toBe(`-- Up Migration\n\n${await readFile(SCHEMA, "utf8")}`);
});
