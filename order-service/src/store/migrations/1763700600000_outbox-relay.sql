-- Up Migration

ALTER TABLE outbox
  -- Calls that its receiver answered with an error: what counts towards giving it up. `attempts` counts all calls.
  ADD COLUMN faults integer NOT NULL DEFAULT 0,
  -- After a call that did not succeed: not to be tried before.
  ADD COLUMN due_at timestamptz NOT NULL DEFAULT now(),
  -- Until then one process is sending it; afterwards any may. In no index, so that a claim changes none.
  ADD COLUMN claimed_until timestamptz,
  -- Given up: it is in no queue any more, and has a dead letter.
  ADD COLUMN poisoned_at timestamptz,
  ADD CONSTRAINT outbox_sent_or_poisoned CHECK (sent_at IS NULL OR poisoned_at IS NULL);

-- Events without a subscriber have nowhere to be sent to: they are done when they are written.
UPDATE outbox SET sent_at = occurred_at WHERE type = 'domain.order.OrderCreated' AND sent_at IS NULL;

-- Two queues, so that what fails stands in nobody's way: what was never tried, in the order of the events, and what is
-- to be tried again, by when it is due.
DROP INDEX outbox_unsent;
CREATE INDEX outbox_fresh ON outbox (event_id) WHERE sent_at IS NULL AND poisoned_at IS NULL AND attempts = 0;
CREATE INDEX outbox_tried ON outbox (due_at) WHERE sent_at IS NULL AND poisoned_at IS NULL AND attempts > 0;

-- A row is written three times: put in, claimed, sent. Room on its page keeps the claim from touching an index, and a
-- queue's dead entries are removed before they are many.
ALTER TABLE outbox SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);
