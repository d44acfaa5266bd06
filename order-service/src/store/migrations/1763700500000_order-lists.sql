-- Up Migration

-- The orders of one user, and of all, newest first, a page at a time.
CREATE INDEX orders_of_user ON orders (user_id, created_at, id);
CREATE INDEX orders_by_time ON orders (created_at, id);
