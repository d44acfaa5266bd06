-- Up Migration

CREATE TABLE products (
  id uuid PRIMARY KEY,
  sku text COLLATE "C" NOT NULL UNIQUE,
  name text NOT NULL,
  -- At most 900,000.00: then 100 lines of 1,000,000 units cost less than 2^53 hundredths.
  price_minor bigint NOT NULL CHECK (price_minor BETWEEN 0 AND 90000000),
  currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  on_hand integer NOT NULL CHECK (on_hand BETWEEN 0 AND 1000000000),
  reserved integer NOT NULL DEFAULT 0 CHECK (reserved >= 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT products_reserved_is_on_hand CHECK (reserved <= on_hand)
) WITH (fillfactor = 70);

CREATE TABLE reservations (
  order_id uuid PRIMARY KEY,
  status text NOT NULL CHECK (status IN ('HELD', 'COMMITTED', 'RELEASED', 'EXPIRED', 'REFUSED')),
  -- [{productId, quantity, expectedUnitPrice?}]; [] for a tombstone.
  requested jsonb NOT NULL,
  -- [{productId, name, quantity, unitPrice}]; [] where nothing was ever held.
  lines jsonb NOT NULL,
  refusal_code text,
  refusal_message text,
  expires_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT reservations_held_expire CHECK (status NOT IN ('HELD', 'COMMITTED') OR expires_at IS NOT NULL),
  CONSTRAINT reservations_refused_say_why
    CHECK (status <> 'REFUSED' OR (refusal_code IS NOT NULL AND refusal_message IS NOT NULL))
);

CREATE INDEX reservations_held_by_expiry ON reservations (expires_at) WHERE status = 'HELD';

CREATE TABLE stock_adjustments (
  id uuid PRIMARY KEY,
  product_id uuid NOT NULL REFERENCES products (id),
  delta integer NOT NULL CHECK (delta <> 0),
  reason text NOT NULL,
  user_id uuid NOT NULL,
  on_hand_after integer NOT NULL,
  reserved_after integer NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

-- Down Migration

DROP TABLE stock_adjustments;
DROP TABLE reservations;
DROP TABLE products;
