import { silentLog } from "@shop/platform/logging";
import { createTestDatabase } from "@shop/testkit/database";
import { createTestMongo, describeWithMongo } from "@shop/testkit/mongo";
import { openMongoStorage } from "../../src/store/mongo-storage.ts";
import { openPostgresStorage } from "../../src/store/postgres-storage.ts";
import type { Storage } from "../../src/store/storage.ts";

/** An empty database of its own. */
export interface TestPlace {
  /** What tells the service to keep its payments there. */
  env: Record<string, string>;
  open(): Storage;
  drop(): Promise<void>;
}

export async function createPostgresPlace(): Promise<TestPlace> {
  const { url, drop } = await createTestDatabase();
  return {
    env: { DATABASE_URL: url },
    open: () => openPostgresStorage({ url, applicationName: "payments-test", log: silentLog() }),
    drop,
  };
}

export async function createMongoPlace(): Promise<TestPlace> {
  const { uri, drop } = await createTestMongo();
  return {
    env: { MONGO_URI: uri },
    open: () => openMongoStorage({ uri, applicationName: "payments-test", log: silentLog() }),
    drop,
  };
}

/** Runs the same tests on a place in each of the databases that payments can be kept in. */
export function describeInEachPlace(tests: (createPlace: () => Promise<TestPlace>) => void): void {
  describe("in PostgreSQL", () => tests(createPostgresPlace));
  describeWithMongo("in MongoDB", () => tests(createMongoPlace));
}

/** Runs the same tests on an open storage in each of those databases; `storage` gives it while a test runs. */
export function describeInEachStorage(tests: (storage: () => Storage) => void): void {
  describeInEachPlace((createPlace) => {
    let place: TestPlace;
    let storage: Storage;

    beforeAll(async () => {
      place = await createPlace();
      storage = place.open();
      await storage.start();
    });

    afterAll(async () => {
      await storage.close();
      await place.drop();
    });

    tests(() => storage);
  });
}
