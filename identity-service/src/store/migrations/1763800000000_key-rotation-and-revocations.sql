-- Up Migration
-- Breaking: processes of before this read `status`. What a key is for follows from its time by the database's clock:
-- of those whose time has come the latest signs, those before it still verify, those after it are published ahead.
ALTER TABLE signing_keys
  ADD COLUMN alg          text        NOT NULL DEFAULT 'ES256' CHECK (alg IN ('ES256', 'RS256')),
  ADD COLUMN activates_at timestamptz;
UPDATE signing_keys SET activates_at = created_at;
DROP INDEX signing_keys_one_current;
ALTER TABLE signing_keys
  ALTER COLUMN alg DROP DEFAULT,
  ALTER COLUMN activates_at SET NOT NULL,
  DROP COLUMN status;

CREATE TABLE revocations (
  -- SHA-256 of `jti:<token id>`, `sub:<user id>` or `sid:<login id>`.
  hash       bytea       PRIMARY KEY CHECK (octet_length(hash) = 32),
  -- Of a token that belongs to a login: the hash of `sid:<login id>`.
  login_hash bytea       CHECK (octet_length(login_hash) = 32),
  -- Until then a token that it concerns may live.
  expires_at timestamptz NOT NULL,
  -- The transaction that wrote it: by this readers find what was committed since they looked.
  written_by xid8        NOT NULL DEFAULT pg_current_xact_id()
);
CREATE INDEX revocations_written_by ON revocations (written_by);
CREATE INDEX revocations_expiry ON revocations (expires_at);
CREATE INDEX revocations_login ON revocations (login_hash) WHERE login_hash IS NOT NULL;

-- Down Migration
DROP TABLE revocations;
ALTER TABLE signing_keys ADD COLUMN status text CHECK (status IN ('current', 'previous'));
DELETE FROM signing_keys WHERE activates_at > now() OR alg <> 'ES256';
UPDATE signing_keys SET status = CASE
  WHEN activates_at = (SELECT max(activates_at) FROM signing_keys) THEN 'current' ELSE 'previous' END;
ALTER TABLE signing_keys ALTER COLUMN status SET NOT NULL, DROP COLUMN alg, DROP COLUMN activates_at;
CREATE UNIQUE INDEX signing_keys_one_current ON signing_keys (status) WHERE status = 'current';
