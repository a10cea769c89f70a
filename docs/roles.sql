-- The roles that rdspatch works with, each with the least that it needs.
--
--   psql "host=… dbname=meshapp user=<the first user of the instance>" \
--        -v owner=meshapp_owner -v patcher=rdspatch -v reader=rdspatch_reader -v application=meshapp \
--        -f docs/roles.sql
--
--   owner        Owns the schema; nobody can log in as it. Patches run as it (`owner_role` in cdk.json).
--   patcher      The login of the patcher function. It has no privilege of its own but to become the owner.
--   reader       A login that can look for drift, and do nothing else: rdspatch drift --database ….
--                It is let into the ledger when this runs again after the first run.
--   application  The login of the application, which is there already. It gets the use of what patches will create.
--   formerly     Optional: the role that owns the objects now. What it owns in this database goes to the owner.
--   schema       Optional: where the application's objects are; public when it is not given.
--
-- It may run again: what is there stays. It never sets a password; on RDS both logins come with an IAM token, and
-- elsewhere you give them a password (`\password rdspatch`).
\set ON_ERROR_STOP on
\if :{?schema}
\else
    \set schema public
\endif
BEGIN;

SELECT NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'owner') AS owner_is_new,
       NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'patcher') AS patcher_is_new,
       NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'reader') AS reader_is_new,
       EXISTS (SELECT FROM pg_roles WHERE rolname = 'rds_iam') AS on_rds,
       current_database() AS database \gset
\if :owner_is_new
    CREATE ROLE :"owner" NOLOGIN;
\endif
\if :patcher_is_new
    -- NOINHERIT: the login may become the owner, and is not the owner until it says so.
    CREATE ROLE :"patcher" LOGIN NOINHERIT;
\endif
\if :reader_is_new
    CREATE ROLE :"reader" LOGIN NOINHERIT;
\endif
\if :on_rds
    GRANT rds_iam TO :"patcher", :"reader";
\endif

-- Whoever runs this has to be a member of the owner to hand things over to it.
GRANT :"owner" TO CURRENT_USER, :"patcher";

GRANT CONNECT ON DATABASE :"database" TO :"patcher", :"reader";
-- The first run makes the schema rdspatch for its ledger, and patches may make schemas of their own. An index is
-- compared with one on an empty copy of its table, and a repair keeps what it has to leave as it is: both temporary.
GRANT CREATE, TEMPORARY ON DATABASE :"database" TO :"owner";
GRANT USAGE, CREATE ON SCHEMA :"schema" TO :"owner";
-- Definitions that differ in their words are compared on an empty temporary copy of their table, for drift as well.
GRANT TEMPORARY ON DATABASE :"database" TO :"reader";
GRANT USAGE ON SCHEMA :"schema" TO :"reader";
\if :{?formerly}
    REASSIGN OWNED BY :"formerly" TO :"owner";
\endif

-- The ledger is the first run's to make, and its absence means something: run this again after the first run.
SELECT to_regclass('rdspatch.ledger') IS NOT NULL AS has_ledger \gset
SET LOCAL ROLE :"owner";
\if :has_ledger
    GRANT USAGE ON SCHEMA rdspatch TO :"reader";
    GRANT SELECT ON rdspatch.ledger TO :"reader";
\endif

-- What patches create is of use to the application without a GRANT in every patch.
ALTER DEFAULT PRIVILEGES IN SCHEMA :"schema" GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO :"application";
ALTER DEFAULT PRIVILEGES IN SCHEMA :"schema" GRANT USAGE, SELECT ON SEQUENCES TO :"application";
RESET ROLE;
GRANT USAGE ON SCHEMA :"schema" TO :"application";
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA :"schema" TO :"application";
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA :"schema" TO :"application";

COMMIT;
