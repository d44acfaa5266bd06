-- Up Migration

CREATE TABLE orders (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL,
  status text NOT NULL CHECK (status IN ('Submitted', 'InventoryReserved', 'PaymentProcessed', 'Completed', 'Failed')),
  -- [{productId, quantity, expectedUnitPrice?}] as asked for, then [{productId, name, quantity, unitPrice}] as reserved.
  items jsonb NOT NULL,
  -- Minor units of `currency`; both are null until the stock is reserved.
  total_amount bigint CHECK (total_amount >= 0),
  currency text,
  shipping_address jsonb NOT NULL,
  payment_method text NOT NULL,
  -- {code, message, step}
  failure jsonb,
  idempotency_key text,
  -- What the request asked for, as a hash: a repetition must ask for the same.
  fingerprint text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT orders_idempotency_key UNIQUE (user_id, idempotency_key)
);

-- Events that left with the order's own transaction and wait to be sent.
CREATE TABLE outbox (
  event_id uuid PRIMARY KEY DEFAULT uuidv7(),
  saga_id uuid NOT NULL,
  type text NOT NULL,
  payload jsonb NOT NULL,
  occurred_at timestamptz NOT NULL DEFAULT now(),
  sent_at timestamptz,
  attempts integer NOT NULL DEFAULT 0,
  last_error text,
  CONSTRAINT outbox_event UNIQUE (saga_id, type)
);
CREATE INDEX outbox_unsent ON outbox (event_id) WHERE sent_at IS NULL;
