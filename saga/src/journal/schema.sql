-- The tables of the saga journal. The service's migration holds this text (its test compares them), with its own names
-- for the table (order_sagas), the key column (order_id) and what the key refers to.

-- A domain's check is kept ready; a table's is read anew for every statement.
CREATE DOMAIN saga_status AS text CHECK (VALUE IN
  ('Started', 'InProgress', 'Completed', 'Failed', 'Compensating', 'Compensated', 'Parked'));

-- One row per saga; the authority on what is durable (D1, D3).
CREATE TABLE order_sagas (
  id              uuid PRIMARY KEY,
  order_id        uuid NOT NULL UNIQUE,
  status          saga_status NOT NULL,
  -- The step or undo that it is at, waits for, or ended at.
  current_step    text NOT NULL DEFAULT '',
  -- [{step, status, message, attempt, timestamp}]: one entry per step or undo, in the order of the first call.
  history         jsonb NOT NULL DEFAULT '[]',
  created_at      timestamptz NOT NULL DEFAULT now(),
  completed_at    timestamptz,
  -- What the steps know and have found out.
  data            jsonb NOT NULL,
  -- What the decision needs beside the history: calls made, the turn, undos done, how often it was parked.
  progress        jsonb NOT NULL DEFAULT '{}',
  -- Names, kinds and order of the definition's steps: only who knows it may claim the saga (O6).
  definition_hash text NOT NULL,
  -- False once an owner was lost without a hand-over: from then on everything may have been sent (U1).
  clean           boolean NOT NULL DEFAULT true,
  -- Who runs it; null while it is parked, backing off, handed over or ended (O1, O2).
  owner           uuid,
  -- Every claim raises the epoch, every write the seq; only a newer pair is applied (D3).
  epoch           integer NOT NULL DEFAULT 1,
  seq             integer NOT NULL DEFAULT 0,
  -- From when on anyone may claim it; set exactly while it has no owner and has not ended.
  due_at          timestamptz,
  -- Since when it has been parked on its current step (T3) or undo.
  parked_at       timestamptz,
  CHECK (completed_at IS NULL OR (owner IS NULL AND due_at IS NULL))
);

CREATE INDEX order_sagas_due ON order_sagas (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX order_sagas_owned ON order_sagas (owner) WHERE owner IS NOT NULL;
CREATE INDEX order_sagas_parked ON order_sagas (parked_at) WHERE status = 'Parked';
-- Lists are in the order of the ids. This one is for what ended otherwise than it should, and costs what went well nothing.
CREATE INDEX order_sagas_undone ON order_sagas (status, id) WHERE status IN ('Failed', 'Compensated');

-- One row per process that has run sagas; beaten on a connection of its own (O1).
CREATE TABLE saga_owners (
  id         uuid PRIMARY KEY,
  started_at timestamptz NOT NULL DEFAULT now(),
  beat_at    timestamptz NOT NULL DEFAULT now(),
  -- Since when no two of its beats have been too far apart: only then may it take from others.
  steady_since timestamptz NOT NULL DEFAULT now()
);

-- What has used up its retries (U0). One row per saga and step or undo.
CREATE TABLE saga_dead_letters (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  saga_id     uuid NOT NULL REFERENCES order_sagas (id),
  step        text NOT NULL,
  -- Open: still being retried. Kept: its saga was turned round, for inspection. WorkedOff: it went on after all.
  status      text NOT NULL CHECK (status IN ('Open', 'Kept', 'WorkedOff')),
  reason      text NOT NULL,
  attempts    integer NOT NULL,
  last_error  text NOT NULL,
  -- What was asked for, picked by name: nothing personal.
  request     jsonb NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now(),
  UNIQUE (saga_id, step)
);

CREATE INDEX saga_dead_letters_listed ON saga_dead_letters (status, id);
