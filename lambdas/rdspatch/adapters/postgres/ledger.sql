-- The ledger and the progress of non-transactional patches, in the schema `rdspatch`.
CREATE TABLE IF NOT EXISTS rdspatch.ledger (
    patch_id text NOT NULL CONSTRAINT ledger_pkey PRIMARY KEY,
    checksum text NOT NULL,
    run_id text NOT NULL,
    run_started_at text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    applied_by text NOT NULL DEFAULT session_user,
    audited boolean NOT NULL DEFAULT false,
    number bigint NOT NULL GENERATED ALWAYS AS IDENTITY
);
DO $number$
BEGIN
    IF EXISTS (
        SELECT FROM pg_catalog.pg_attribute
        WHERE attrelid = 'rdspatch.ledger'::regclass AND attname = 'number' AND NOT attisdropped
    ) THEN
        RETURN;
    END IF;
    -- A ledger of an earlier version: its clock is the best that is known about the rows that it has.
    ALTER TABLE rdspatch.ledger ADD COLUMN number bigint;
    UPDATE rdspatch.ledger AS l SET number = o.number
    FROM (
        SELECT patch_id, pg_catalog.row_number() OVER (ORDER BY applied_at, patch_id) AS number FROM rdspatch.ledger
    ) AS o
    WHERE o.patch_id = l.patch_id;
    ALTER TABLE rdspatch.ledger
        ALTER COLUMN number SET NOT NULL, ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY;
    PERFORM pg_catalog.setval(
        pg_catalog.pg_get_serial_sequence('rdspatch.ledger', 'number'), pg_catalog.count(*) + 1, false
    ) FROM rdspatch.ledger;
END
$number$;
COMMENT ON TABLE rdspatch.ledger IS 'One row for each applied patch, committed together with its effect.';
CREATE OR REPLACE FUNCTION rdspatch.keep_rows() RETURNS trigger LANGUAGE plpgsql AS $keep$
BEGIN
    RAISE EXCEPTION 'the rows of rdspatch.ledger stay: without its row, a patch would run again'
        USING HINT = 'Leave the schema rdspatch out of what empties tables.';
END
$keep$;
CREATE OR REPLACE TRIGGER keep_rows BEFORE DELETE OR TRUNCATE ON rdspatch.ledger
    FOR EACH STATEMENT EXECUTE FUNCTION rdspatch.keep_rows();
CREATE TABLE IF NOT EXISTS rdspatch.progress (
    patch_id text NOT NULL,
    statement integer NOT NULL,
    mark text NOT NULL CHECK (mark IN ('intent', 'done')),
    run_id text NOT NULL,
    marked_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    CONSTRAINT progress_pkey PRIMARY KEY (patch_id, statement)
);
COMMENT ON TABLE rdspatch.progress IS 'How far a patch with "transaction: none" has come, until it is in the ledger.'
