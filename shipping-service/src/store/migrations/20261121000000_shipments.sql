-- Up Migration

CREATE TABLE shipments (
  order_id uuid PRIMARY KEY,
  status text NOT NULL CHECK (status IN ('SCHEDULED', 'REFUSED', 'CANCELLED')),
  -- {userId, address, lines}; null where a cancellation came first.
  parcel jsonb,
  -- Kept when the shipment is cancelled.
  tracking_number text,
  refusal_code text,
  refusal_message text,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT shipments_scheduled_are_whole
    CHECK (status <> 'SCHEDULED' OR (parcel IS NOT NULL AND tracking_number IS NOT NULL)),
  CONSTRAINT shipments_refused_say_why
    CHECK (status <> 'REFUSED' OR (parcel IS NOT NULL AND refusal_code IS NOT NULL AND refusal_message IS NOT NULL))
) WITH (fillfactor = 90);

-- Down Migration

DROP TABLE shipments;
