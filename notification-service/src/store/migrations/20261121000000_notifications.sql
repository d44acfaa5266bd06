-- Up Migration

-- One row per event; it holds no name and no address of the customer, who is asked for when the message is sent.
CREATE TABLE notifications (
  event_id uuid PRIMARY KEY,
  id uuid NOT NULL DEFAULT uuidv7(),
  order_id uuid NOT NULL,
  user_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('COMPLETED', 'CANCELLED')),
  -- The event as it came: the same event id with another one is refused.
  event jsonb NOT NULL,
  subject text NOT NULL,
  body text NOT NULL,
  status text NOT NULL DEFAULT 'PENDING' CHECK (status IN ('PENDING', 'SENT', 'UNDELIVERABLE')),
  -- Until then one caller is sending it; afterwards the next one may.
  claimed_until timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  sent_at timestamptz,
  CONSTRAINT notifications_sent_have_a_time CHECK ((status = 'SENT') = (sent_at IS NOT NULL))
);

-- For lists of what was sent, newest first.
CREATE INDEX notifications_of_order ON notifications (order_id, sent_at, event_id) WHERE sent_at IS NOT NULL;
CREATE INDEX notifications_to_user ON notifications (user_id, sent_at, event_id) WHERE sent_at IS NOT NULL;

-- Down Migration

DROP TABLE notifications;
