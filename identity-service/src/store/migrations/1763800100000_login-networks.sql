-- Up Migration
-- From which networks users have logged in lately: the newest few of each, by a hash of name and network.
CREATE TABLE login_networks (
  pair    text        PRIMARY KEY CHECK (length(pair) = 43),
  user_id uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
  seen_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX login_networks_user ON login_networks (user_id, seen_at);
CREATE INDEX login_networks_expiry ON login_networks (seen_at);

-- Down Migration
DROP TABLE login_networks;
