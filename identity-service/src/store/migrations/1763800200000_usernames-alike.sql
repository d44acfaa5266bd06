-- Up Migration
-- Nobody is taken for another whose name differs in nothing but its case.
CREATE UNIQUE INDEX users_username_alike ON users (lower(username));

-- Down Migration
DROP INDEX users_username_alike;
