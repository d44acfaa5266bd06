import { silentLog } from "@shop/platform/logging";
import { describeWithMongo } from "@shop/testkit/mongo";
import { createMongoProxy, type MongoProxy } from "@shop/testkit/mongo-proxy";
import type { PaymentStore } from "../../src/domain/payment-store.ts";
import { connectMongo, type MongoConnection } from "../../src/store/mongo-connection.ts";
import { createMongoPaymentStore } from "../../src/store/mongo-payment-store.ts";
import { describeLostWrites, faults, testLimits } from "./_lost-writes.ts";
import { createMongoPlace, type TestPlace } from "./_storages.ts";

describeWithMongo("the payment store in MongoDB", () => {
  let place: TestPlace;
  let proxy: MongoProxy;
  let connection: MongoConnection;
  let store: PaymentStore;

  beforeAll(async () => {
    place = await createMongoPlace();
    proxy = await createMongoProxy(place.env.MONGO_URI ?? "");
    connection = connectMongo({
      uri: proxy.uri,
      applicationName: "payments-test",
      log: silentLog(),
      limits: testLimits,
    });
    store = createMongoPaymentStore(connection);
  });

  afterAll(async () => {
    await connection.close();
    await proxy.close();
    await place.drop();
  });

  describeLostWrites(
    faults.map(([name]) => name),
    () => ({ store, proxy }),
  );
});
