import pg from "pg";
import { createTestDatabase } from "./database.ts";

test("gives each caller an empty database of its own", async () => {
  const [first, second] = await Promise.all([createTestDatabase(), createTestDatabase()]);
  const client = new pg.Client({ connectionString: first.url });
  await client.connect();
  try {
    await client.query("CREATE TABLE mine (id int)");
    expect(await tablesOf(first.url)).toEqual(["mine"]);
    expect(await tablesOf(second.url)).toEqual([]);
  } finally {
    await client.end();
    await Promise.all([first.drop(), second.drop()]);
  }
});

test("drops a database that still has connections", async () => {
  const database = await createTestDatabase();
  const client = new pg.Client({ connectionString: database.url });
  const ended = new Promise<Error>((resolve) => {
    client.on("error", resolve);
  });
  await client.connect();
  await database.drop();
  await ended;
  await expect(tablesOf(database.url)).rejects.toMatchObject({ code: "3D000" });
});

async function tablesOf(url: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'");
    return rows.map((row) => String(row.tablename));
  } finally {
    await client.end();
  }
}
