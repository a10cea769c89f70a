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
-- Nobody but the owner keeps CREATE on the schema: whoever has it could put a function there that a patch then calls
-- with the owner's rights. An application that makes tables by itself gets a schema of its own for them:
-- CREATE SCHEMA scratch AUTHORIZATION meshapp.
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
-- Whoever owns the schema or may become its owner can still create there; what remains is said at the end.
SELECT format('REVOKE CREATE ON SCHEMA %I FROM %s', n.nspname, coalesce(quote_ident(r.rolname), 'PUBLIC'))
FROM pg_namespace AS n
CROSS JOIN LATERAL aclexplode(n.nspacl) AS x
LEFT JOIN pg_roles AS r ON r.oid = x.grantee
WHERE n.nspname = :'schema' AND x.privilege_type = 'CREATE' AND x.grantee <> n.nspowner
  AND r.rolname IS DISTINCT FROM :'owner'
\gexec
-- Definitions that differ in their words are compared on an empty temporary copy of their table, for drift as well.
GRANT TEMPORARY ON DATABASE :"database" TO :"reader";
GRANT USAGE ON SCHEMA :"schema" TO :"reader";
\if :{?formerly}
    -- Not REASSIGN OWNED, which reaches every database of the server that the role owns. The sequence of a column goes
    -- with its table, a multirange with its range (PostgreSQL 17; older ones leave it), an extension stays whose it is.
    CREATE TEMPORARY TABLE handed_over ON COMMIT DROP AS
    SELECT replace(o.type, 'statistics object', 'statistics') AS type, o.schema, o.identity
    FROM pg_shdepend AS s
    CROSS JOIN LATERAL pg_identify_object(s.classid, s.objid, 0) AS o
    LEFT JOIN pg_type AS t ON s.classid = 'pg_type'::regclass AND t.oid = s.objid
    WHERE s.dbid = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
      AND s.refclassid = 'pg_authid'::regclass AND s.refobjid = :'formerly'::regrole AND s.deptype = 'o'
      AND s.classid NOT IN ('pg_extension'::regclass, 'pg_default_acl'::regclass)
      AND t.typtype IS DISTINCT FROM 'm'
      AND NOT EXISTS (
          SELECT FROM pg_depend AS d
          JOIN pg_class AS c ON c.oid = d.objid AND c.relkind = 'S'
          WHERE s.classid = 'pg_class'::regclass AND s.objid = d.objid AND d.classid = s.classid
            AND d.refclassid = s.classid AND d.deptype IN ('a', 'i')
      );
    SELECT format('ALTER SCHEMA %s OWNER TO %I', h.identity, :'owner') FROM handed_over AS h WHERE h.type = 'schema'
    \gexec
    SELECT DISTINCT format('GRANT USAGE, CREATE ON SCHEMA %s TO %I', h.schema, :'owner')
    FROM handed_over AS h
    WHERE h.schema NOT IN (SELECT s.identity FROM handed_over AS s WHERE s.type = 'schema')
      AND h.schema <> quote_ident(:'schema')
    \gexec
    SELECT format('ALTER %s %s OWNER TO %I', h.type, h.identity, :'owner') FROM handed_over AS h WHERE h.type <> 'schema'
    \gexec
\endif

-- The ledger is the first run's to make, and its absence means something: run this again after the first run.
SELECT EXISTS (
    SELECT FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = 'rdspatch' AND c.relname = 'ledger' AND c.relowner = :'owner'::regrole
      AND n.nspowner = :'owner'::regrole
) AS has_ledger \gset
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
-- Not ON ALL TABLES, which fails for a table of a role that the first user, no superuser on RDS, is no member of.
SELECT format(
           'GRANT %s ON %s %I.%I TO %I',
           CASE c.relkind WHEN 'S' THEN 'USAGE, SELECT' ELSE 'SELECT, INSERT, UPDATE, DELETE' END,
           CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END,
           n.nspname, c.relname, :'application'
       )
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = :'schema' AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND pg_has_role(c.relowner, 'USAGE')
\gexec
SELECT string_agg(format('%I.%I (%I)', n.nspname, c.relname, c.relowner::regrole::text), ', ' ORDER BY c.relname) AS others,
       count(*) > 0 AS others_have_tables
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = :'schema' AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
  AND NOT pg_has_role(c.relowner, :'owner', 'MEMBER') AND NOT pg_has_role(:'owner', c.relowner, 'USAGE') \gset
\if :others_have_tables
    \warn 'These belong to others than' :owner ', so patches cannot change them:' :others
    \warn 'Hand over what belongs to the application with -v formerly=<the role>.'
\endif

-- A REVOKE of what somebody else has granted only warns. pg_database_owner stands for the owner of the database.
SELECT string_agg(coalesce(quote_ident(r.rolname), 'PUBLIC'), ', ') AS creators, count(*) > 0 AS others_may_create
FROM pg_namespace AS n
CROSS JOIN LATERAL (
    SELECT x.grantee FROM aclexplode(n.nspacl) AS x WHERE x.privilege_type = 'CREATE' UNION SELECT n.nspowner
) AS c (role)
LEFT JOIN pg_roles AS g ON g.oid = c.role AND g.rolname = 'pg_database_owner'
LEFT JOIN pg_database AS d ON g.oid IS NOT NULL AND d.datname = current_database()
LEFT JOIN pg_roles AS r ON r.oid = coalesce(d.datdba, c.role)
WHERE n.nspname = :'schema' AND (r.oid IS NULL OR NOT pg_has_role(r.oid, :'owner', 'MEMBER')) \gset
\if :others_may_create
    \warn 'These roles may still create in the schema' :schema ':' :creators
    \warn 'Revoke it as the role that granted it (\\dn+ shows which), or give schema and database another owner.'
\endif

COMMIT;
