import type { Pool } from "pg";
import type { LedgerEntry, LedgerTotals, SandboxLedger } from "../domain/sandbox-ledger.ts";

/** Keeps the sandbox provider's books in PostgreSQL, in tables of their own. */
export function createPostgresSandboxLedger(pool: Pool): SandboxLedger {
  return {
    record: (entry) => record(pool, entry),
    find: (key) => find(pool, key),
    countFailure: (key, most) => countFailure(pool, key, most),
    audit: () => audit(pool),
  };
}

async function record(pool: Pool, entry: LedgerEntry): Promise<LedgerEntry> {
  const { key, kind, chargeKey, amount, reference, message } = entry;
  const { rowCount } = await pool.query(
    `INSERT INTO sandbox_ledger (key, kind, charge_key, currency, minor_units, reference, message)
     VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (key) DO NOTHING`,
    [key, kind, chargeKey, amount.currency, amount.minorUnits, reference, message],
  );
  if (rowCount === 1) return entry;
  const standing = await find(pool, key);
  if (standing === undefined) throw new Error(`The sandbox's ledger lost the entry ${key}.`);
  return standing;
}

async function find(pool: Pool, key: string): Promise<LedgerEntry | undefined> {
  const { rows } = await pool.query<LedgerRow>(
    `SELECT key, kind, charge_key, currency, minor_units, reference, message FROM sandbox_ledger WHERE key = $1`,
    [key],
  );
  const [row] = rows;
  return row && toEntry(row);
}

async function countFailure(pool: Pool, key: string, most: number): Promise<number> {
  const { rows } = await pool.query<{ failures: number }>(
    `INSERT INTO sandbox_failures AS counted (key, failures) VALUES ($1, 1)
     ON CONFLICT (key) DO UPDATE SET failures = counted.failures + 1 WHERE counted.failures < $2
     RETURNING failures`,
    [key, most],
  );
  const [row] = rows;
  return row === undefined ? most : row.failures - 1;
}

async function audit(pool: Pool): Promise<LedgerTotals[]> {
  const { rows } = await pool.query<Record<"charges" | "charged" | "refunds" | "refunded", string> & LedgerRow>(
    `SELECT currency,
            count(*) FILTER (WHERE kind = 'charge') AS charges,
            coalesce(sum(minor_units) FILTER (WHERE kind = 'charge'), 0) AS charged,
            count(*) FILTER (WHERE kind = 'refund') AS refunds,
            coalesce(sum(minor_units) FILTER (WHERE kind = 'refund'), 0) AS refunded
       FROM sandbox_ledger GROUP BY currency ORDER BY currency`,
  );
  return rows.map((row) => ({
    currency: row.currency,
    charges: Number(row.charges),
    chargedMinorUnits: Number(row.charged),
    refunds: Number(row.refunds),
    refundedMinorUnits: Number(row.refunded),
  }));
}

interface LedgerRow {
  key: string;
  kind: LedgerEntry["kind"];
  charge_key: string;
  currency: string;
  minor_units: string;
  reference: string;
  message: string | null;
}

function toEntry(row: LedgerRow): LedgerEntry {
  return {
    key: row.key,
    kind: row.kind,
    chargeKey: row.charge_key,
    amount: { minorUnits: Number(row.minor_units), currency: row.currency },
    reference: row.reference,
    ...(row.message !== null && { message: row.message }),
  };
}
