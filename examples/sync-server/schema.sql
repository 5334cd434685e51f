-- What the server keeps. Plain SQL of PostgreSQL; every primary key begins with the user, so that whatever belongs to
-- one user can lie on one node. Applied at every start: a statement changes nothing that is there.

-- One row for each user, and the lock that a push takes: what is written for one user is written one after the other.
CREATE TABLE IF NOT EXISTS accounts (
  user_id text NOT NULL PRIMARY KEY,
  -- Names this history of the account. Cursors of another one are not known.
  epoch text NOT NULL,
  -- The greatest version given out.
  seq bigint NOT NULL DEFAULT 0,
  -- The greatest version of a tombstone that was thrown away: a cursor before it may have missed one.
  horizon bigint NOT NULL DEFAULT 0
);

CREATE TABLE IF NOT EXISTS rows (
  user_id text NOT NULL,
  -- Bytes, because every engine orders bytes alike, and text each in its own way.
  key bytea NOT NULL,
  version bigint NOT NULL,
  hlc text NOT NULL,
  by text NOT NULL,
  -- value, encoded, sealed, or deleted: a tombstone.
  form text NOT NULL,
  -- The JSON of the value. Text, because jsonb changes numbers and cannot hold every string.
  body text,
  size bigint NOT NULL,
  bucket smallint NOT NULL,
  mark bigint NOT NULL,
  changed_at bigint NOT NULL,
  PRIMARY KEY (user_id, key),
  CHECK ((form = 'deleted') = (body IS NULL))
);

-- The feed.
CREATE UNIQUE INDEX IF NOT EXISTS rows_by_version ON rows (user_id, version);
-- The digest.
CREATE INDEX IF NOT EXISTS rows_by_bucket ON rows (user_id, bucket);
-- What is thrown away one day.
CREATE INDEX IF NOT EXISTS rows_by_age ON rows (changed_at) WHERE form = 'deleted';

-- What was decided, so that a push that comes again gets the same answer.
CREATE TABLE IF NOT EXISTS mutations (
  user_id text NOT NULL,
  client text NOT NULL,
  id bigint NOT NULL,
  key bytea NOT NULL,
  hlc text NOT NULL,
  -- The result, as it goes over the wire.
  result text NOT NULL,
  -- The greatest id of the push that it came with.
  push bigint NOT NULL,
  decided_at bigint NOT NULL,
  PRIMARY KEY (user_id, client, id)
);

CREATE INDEX IF NOT EXISTS mutations_by_age ON mutations (decided_at);

-- Only the digest of a token is kept: who reads this table cannot sign in with it.
CREATE TABLE IF NOT EXISTS tokens (
  user_id text NOT NULL,
  digest bytea NOT NULL,
  expires_at bigint NOT NULL,
  PRIMARY KEY (user_id, digest)
);
