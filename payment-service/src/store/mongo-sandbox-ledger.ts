import type { Collection } from "mongodb";
import type { LedgerEntry, LedgerTotals, SandboxLedger } from "../domain/sandbox-ledger.ts";
import { ask, type MongoConnection } from "./mongo-connection.ts";
import { isDuplicateKey, toStoreError } from "./mongo-errors.ts";

/** Keeps the sandbox provider's books in MongoDB, in collections of their own. */
export function createMongoSandboxLedger(connection: MongoConnection): SandboxLedger {
  const books: Books = {
    entries: connection.collection("sandbox_ledger"),
    failures: connection.collection("sandbox_failures"),
    limit: connection.limit,
  };
  return {
    record: (entry) => record(books, entry),
    find: (key) => find(books, key),
    countFailure: (key, most) => countFailure(books, key, most),
    audit: () => audit(books),
  };
}

interface Books {
  entries: Collection<StoredEntry>;
  failures: Collection<{ _id: string; failures: number }>;
  limit: MongoConnection["limit"];
}

type StoredEntry = Omit<LedgerEntry, "key"> & { _id: string; recordedAt?: Date };

async function record(books: Books, entry: LedgerEntry): Promise<LedgerEntry> {
  const { key, ...rest } = entry;
  try {
    await books.entries.findOneAndUpdate(
      { _id: key, kind: { $exists: false } },
      { $setOnInsert: rest, $currentDate: { recordedAt: true } },
      { ...books.limit, upsert: true },
    );
    return entry;
  } catch (err) {
    if (!isDuplicateKey(err)) throw toStoreError(err);
  }
  const standing = await find(books, key);
  if (standing === undefined) throw new Error(`The sandbox's ledger lost the entry ${key}.`);
  return standing;
}

async function find({ entries, limit }: Books, key: string): Promise<LedgerEntry | undefined> {
  const entry = await ask(() => entries.findOne({ _id: key }, limit));
  return entry === null ? undefined : toEntry(entry);
}

async function countFailure({ failures, limit }: Books, key: string, most: number): Promise<number> {
  try {
    const before = await failures.findOneAndUpdate(
      { _id: key, failures: { $lt: most } },
      { $inc: { failures: 1 } },
      { ...limit, upsert: true, returnDocument: "before" },
    );
    return before?.failures ?? 0;
  } catch (err) {
    if (!isDuplicateKey(err)) throw toStoreError(err);
  }
  // There is one already, which has failed often enough, or was made by another in this moment.
  const counted = await ask(() =>
    failures.findOneAndUpdate(
      { _id: key, failures: { $lt: most } },
      { $inc: { failures: 1 } },
      { ...limit, returnDocument: "before" },
    ),
  );
  return counted?.failures ?? most;
}

async function audit({ entries, limit }: Books): Promise<LedgerTotals[]> {
  const countOf = (kind: string, value: unknown) => ({ $sum: { $cond: [{ $eq: ["$kind", kind] }, value, 0] } });
  const totals = await ask(() =>
    entries
      .aggregate<Omit<LedgerTotals, "currency"> & { _id: string }>(
        [
          {
            $group: {
              _id: "$amount.currency",
              charges: countOf("charge", 1),
              chargedMinorUnits: countOf("charge", "$amount.minorUnits"),
              refunds: countOf("refund", 1),
              refundedMinorUnits: countOf("refund", "$amount.minorUnits"),
            },
          },
          { $sort: { _id: 1 } },
        ],
        limit,
      )
      .toArray(),
  );
  return totals.map(({ _id, ...counts }) => ({ currency: _id, ...counts }));
}

function toEntry({ _id, recordedAt, ...entry }: StoredEntry): LedgerEntry {
  return { key: _id, ...entry };
}
