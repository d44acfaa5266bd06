import type { Log } from "@shop/platform/logging";
import { connectMongo } from "./mongo-connection.ts";
import { createMongoPaymentStore } from "./mongo-payment-store.ts";
import { createMongoSandboxLedger } from "./mongo-sandbox-ledger.ts";
import type { Storage } from "./storage.ts";

/** Payments and books in one MongoDB database, in collections that know nothing of each other. */
export function openMongoStorage(options: { uri: string; applicationName: string; log: Log }): Storage {
  const connection = connectMongo(options);
  return {
    payments: createMongoPaymentStore(connection),
    ledger: createMongoSandboxLedger(connection),
    async start() {
      const { isReplicated, version } = await connection.inspect();
      if (isReplicated) options.log.info({ version }, "payments are kept in MongoDB");
      else
        options.log.warn(
          { version },
          "payments are kept in a MongoDB that is no replica set: they are lost with its disk",
        );
    },
    close: () => connection.close(),
  };
}
