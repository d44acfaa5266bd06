import { MongoClient } from "mongodb";
import type { LedgerAccount, StrangePayment } from "./ledger-account.ts";

/** Reads the provider's ledger where the payments are kept in MongoDB; the connection string names the database. */
export function readMongoLedger(uri: string): Promise<LedgerAccount[]> {
  const of = (kind: string, value: unknown) => ({ $sum: { $cond: [{ $eq: ["$kind", kind] }, value, 0] } });
  return withMongo(uri, async (client) => {
    const accounts = client
      .db()
      .collection("sandbox_ledger")
      .aggregate<Omit<LedgerAccount, "orderId"> & { _id: string }>([
        { $match: { kind: { $ne: "decline" } } },
        {
          $group: {
            _id: "$chargeKey",
            charged: of("charge", "$amount.minorUnits"),
            refunded: of("refund", "$amount.minorUnits"),
            charges: of("charge", 1),
            refunds: of("refund", 1),
          },
        },
      ]);
    return (await accounts.toArray()).map(({ _id, ...account }) => ({ ...account, orderId: _id }));
  });
}

/** Reads the payments that no order of the shop asked for. */
export function readMongoStrangePayments(uri: string): Promise<StrangePayment[]> {
  return withMongo(uri, async (client) => {
    const found = client
      .db()
      .collection<StoredPayment>("payments")
      .find({ origin: { $exists: true } }, { projection: { status: 1, origin: 1, "charge.amount.minorUnits": 1 } });
    return (await found.toArray()).map(({ _id, status, origin, charge }) => ({
      orderId: _id,
      status,
      origin,
      amount: charge?.amount.minorUnits ?? 0,
    }));
  });
}

interface StoredPayment {
  readonly _id: string;
  readonly status: string;
  readonly origin: string;
  readonly charge?: { readonly amount: { readonly minorUnits: number } };
}

async function withMongo<Found>(uri: string, read: (client: MongoClient) => Promise<Found>): Promise<Found> {
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: 10_000, socketTimeoutMS: 30_000 });
  try {
    return await read(client);
  } finally {
    await client.close();
  }
}
