-- Up Migration

-- One document per payment. A document is written two to four times and never indexed inside: room on the page for its
-- next version spares the index a write.
CREATE TABLE payments (
  order_id uuid PRIMARY KEY,
  document jsonb NOT NULL
) WITH (fillfactor = 60);

-- The sandbox provider's books. They have no reference to the payments on purpose: a real provider's stand elsewhere.
CREATE TABLE sandbox_ledger (
  key text PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('charge', 'decline', 'refund')),
  charge_key text NOT NULL,
  currency text NOT NULL,
  minor_units bigint NOT NULL CHECK (minor_units > 0),
  reference text NOT NULL,
  message text,
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE sandbox_failures (
  key text PRIMARY KEY,
  failures integer NOT NULL CHECK (failures > 0)
);
