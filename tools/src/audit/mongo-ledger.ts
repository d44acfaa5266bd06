import { MongoClient } from "mongodb";

/** What the provider's ledger says of one order. */
export interface LedgerAccount {
  readonly order_id: string;
  readonly charged: number;
  readonly refunded: number;
  readonly charges: number;
  readonly refunds: number;
}

/** Reads the provider's ledger where the payments are kept in MongoDB; the connection string names the database. */
export async function readMongoLedger(uri: string): Promise<LedgerAccount[]> {
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: 10_000, socketTimeoutMS: 30_000 });
  const of = (kind: string, value: unknown) => ({ $sum: { $cond: [{ $eq: ["$kind", kind] }, value, 0] } });
  try {
    const accounts = client
      .db()
      .collection("sandbox_ledger")
      .aggregate<Omit<LedgerAccount, "order_id"> & { _id: string }>([
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
    return (await accounts.toArray()).map(({ _id, ...account }) => ({ ...account, order_id: _id }));
  } finally {
    await client.close();
  }
}
