import { type MongoDesk, openMongoDesk } from "./mongo/mongo-desk.ts";
import { findMongoWay } from "./mongo/mongo-way.ts";
import { startTestPostgres, type TestPostgres } from "./test-postgres.ts";

declare global {
  /** Handed from jest's global setup to its global teardown, which run in one process. */
  var shopTestPostgres: TestPostgres | undefined;
  var shopTestMongoDesk: MongoDesk | undefined;
}

/** Prepares what all test files share: a PostgreSQL server, and a MongoDB server that is started when it is asked for. */
export default async function setup(): Promise<void> {
  await Promise.all([preparePostgres(), prepareMongo()]);
}

/** TEST_POSTGRES_URL may name a server that runs already. */
async function preparePostgres(): Promise<void> {
  if (process.env.TEST_POSTGRES_URL) return;
  globalThis.shopTestPostgres = await startTestPostgres();
  process.env.TEST_POSTGRES_URL = globalThis.shopTestPostgres.server.url("postgres");
}

async function prepareMongo(): Promise<void> {
  const way = await findMongoWay(process.env);
  process.env.TEST_MONGO_WAY = JSON.stringify(way);
  switch (way.kind) {
    case "uri":
      return;
    case "mongod":
    case "java":
      globalThis.shopTestMongoDesk = await openMongoDesk(way);
      process.env.TEST_MONGO_DESK = String(globalThis.shopTestMongoDesk.port);
      return;
    case "none":
      process.stderr.write(
        `The tests that need a MongoDB ${process.env.REQUIRE_MONGO ? "fail" : "are skipped"}: there is ${way.why}.\n`,
      );
      return;
    default:
      return way satisfies never;
  }
}
