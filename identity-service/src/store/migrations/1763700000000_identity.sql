-- Up Migration
CREATE TABLE users (
  id            uuid        PRIMARY KEY,
  username      text        NOT NULL UNIQUE CHECK (length(username) BETWEEN 1 AND 255),
  password_hash text        NOT NULL,
  role          text        NOT NULL CHECK (role IN ('customer', 'operator', 'Admin')),
  name          text        NOT NULL,
  email         text        NOT NULL,
  -- [{street, city, state, zipCode, country}], the preferred one first.
  addresses     jsonb       NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(addresses) = 'array'),
  created_at    timestamptz NOT NULL DEFAULT now(),
  updated_at    timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE service_clients (
  client_id     text        PRIMARY KEY,
  secret_sha256 bytea       NOT NULL CHECK (octet_length(secret_sha256) = 32),
  scopes        text[]      NOT NULL,
  updated_at    timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE signing_keys (
  kid         text        PRIMARY KEY,
  -- current: signs. previous: still verifies.
  status      text        NOT NULL CHECK (status IN ('current', 'previous')),
  private_key jsonb       NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now()
);
-- Two processes that start at once agree by this: the second's key is not taken.
CREATE UNIQUE INDEX signing_keys_one_current ON signing_keys (status) WHERE status = 'current';

-- A family is one login and all the refresh tokens that followed from it.
CREATE TABLE refresh_families (
  id         uuid        PRIMARY KEY,
  user_id    uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
  client_id  text        NOT NULL,
  scope      text[]      NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz
);
CREATE INDEX refresh_families_user ON refresh_families (user_id);
CREATE INDEX refresh_families_expiry ON refresh_families (expires_at);

CREATE TABLE refresh_tokens (
  token_sha256 bytea       PRIMARY KEY CHECK (octet_length(token_sha256) = 32),
  family_id    uuid        NOT NULL REFERENCES refresh_families ON DELETE CASCADE,
  issued_at    timestamptz NOT NULL DEFAULT now(),
  used_at      timestamptz
);
CREATE INDEX refresh_tokens_family ON refresh_tokens (family_id);

-- Down Migration
DROP TABLE refresh_tokens, refresh_families, signing_keys, service_clients, users;
