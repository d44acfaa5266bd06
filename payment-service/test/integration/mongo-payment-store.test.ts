import { describeWithMongo } from "@shop/testkit/mongo";
import type { Storage } from "../../src/store/storage.ts";
import { describePaymentStore } from "./_payment-store-suite.ts";
import { createMongoPlace, type TestPlace } from "./_storages.ts";

describeWithMongo("with a MongoDB", () => {
  let place: TestPlace;
  let storage: Storage;

  beforeAll(async () => {
    place = await createMongoPlace();
    storage = place.open();
    await storage.start();
  });

  afterAll(async () => {
    await storage.close();
    await place.drop();
  });

  describePaymentStore("the store in MongoDB", () => storage.payments);
});
