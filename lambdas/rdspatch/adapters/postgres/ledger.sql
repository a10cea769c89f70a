-- The ledger and the progress of non-transactional patches.
CREATE SCHEMA IF NOT EXISTS rdspatch;
CREATE TABLE IF NOT EXISTS rdspatch.ledger (
    patch_id text NOT NULL CONSTRAINT ledger_pkey PRIMARY KEY,
    checksum text NOT NULL,
    run_id text NOT NULL,
    run_started_at text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    applied_by text NOT NULL DEFAULT session_user,
    audited boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE rdspatch.ledger IS 'One row for each applied patch, committed together with its effect.';
CREATE TABLE IF NOT EXISTS rdspatch.progress (
    patch_id text NOT NULL,
    statement integer NOT NULL,
    mark text NOT NULL CHECK (mark IN ('intent', 'done')),
    run_id text NOT NULL,
    marked_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    CONSTRAINT progress_pkey PRIMARY KEY (patch_id, statement)
);
COMMENT ON TABLE rdspatch.progress IS 'How far a patch with "transaction: none" has come, until it is in the ledger.'
