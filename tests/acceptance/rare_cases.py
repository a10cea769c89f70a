"""Objects that most schemas have none of, owners and privileges: what is changed by hand, and what drift says of it."""

from __future__ import annotations

BASELINE = """
CREATE SCHEMA app;
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE DOMAIN short AS text;
CREATE TYPE pair AS (a integer, b text);
CREATE TABLE users (id bigint PRIMARY KEY, name text, kind integer, born date UNIQUE DEFERRABLE);
CREATE TABLE jobs (id bigint PRIMARY KEY, user_id bigint REFERENCES users, note text);
CREATE TABLE log (at date NOT NULL, user_id bigint REFERENCES users) PARTITION BY RANGE (at);
CREATE TABLE log_1 PARTITION OF log FOR VALUES FROM ('2001-01-01') TO ('2002-01-01');
CREATE TABLE log_2 PARTITION OF log FOR VALUES FROM ('2002-01-01') TO ('2003-01-01');
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE TRIGGER stamp BEFORE INSERT ON log FOR EACH ROW EXECUTE FUNCTION stamp();
CREATE TRIGGER jobs_stamp BEFORE INSERT ON jobs FOR EACH ROW EXECUTE FUNCTION stamp();
CREATE VIEW names AS SELECT name FROM users;
CREATE MATERIALIZED VIEW totals AS SELECT count(*) AS jobs, max(note) AS note FROM jobs;
CREATE MATERIALIZED VIEW later AS SELECT 1 AS one WITH NO DATA;
CREATE INDEX users_upper ON users (upper(name));
CREATE SEQUENCE ticket;
CREATE STATISTICS users_stats (dependencies) ON name, kind FROM users;
CREATE PUBLICATION changes FOR TABLE users, jobs WITH (publish = 'insert, update');
CREATE FUNCTION forbid() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER forbid ON ddl_command_start WHEN TAG IN ('DROP DOMAIN') EXECUTE FUNCTION forbid();
CREATE COLLATION plain (LOCALE = 'C');
CREATE FUNCTION mood_is(mood, integer) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
CREATE OPERATOR === (LEFTARG = mood, RIGHTARG = integer, FUNCTION = mood_is);
CREATE OPERATOR CLASS downwards FOR TYPE integer USING btree AS
    OPERATOR 1 >, OPERATOR 2 >=, OPERATOR 3 =, OPERATOR 4 <=, OPERATOR 5 <, FUNCTION 1 btint4cmp(integer, integer);
CREATE FUNCTION mood_number(mood) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE CAST (mood AS integer) WITH FUNCTION mood_number(mood);
CREATE CONVERSION latin FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
CREATE TEXT SEARCH DICTIONARY words (TEMPLATE = simple, accept = false);
CREATE TEXT SEARCH CONFIGURATION search (COPY = simple);
ALTER TEXT SEARCH CONFIGURATION search ALTER MAPPING FOR asciiword WITH words;
CREATE FOREIGN DATA WRAPPER elsewhere;
CREATE SERVER far TYPE 'postgres' FOREIGN DATA WRAPPER elsewhere OPTIONS (host 'staging.example.com');
CREATE FOREIGN TABLE remote (id integer OPTIONS (column_name 'no')) SERVER far OPTIONS (table_name 'r');
CREATE LANGUAGE other HANDLER plpgsql_call_handler;
CREATE TRANSFORM FOR date LANGUAGE sql (FROM SQL WITH FUNCTION prsd_lextype(internal));
CREATE AGGREGATE product (integer) (SFUNC = int4mul, STYPE = integer, INITCOND = '1');
CREATE FUNCTION twice(integer) RETURNS integer LANGUAGE sql AS 'SELECT $1 * 2';
ALTER TABLE users ALTER name SET STATISTICS 200;
ALTER TABLE jobs OWNER TO {other};
GRANT SELECT ON jobs TO {other};
"""
"""Of a server on which the roles are there."""

PATCHES = {
    "0001_grants": """
        GRANT SELECT, INSERT ON users TO {app};
        GRANT UPDATE (name) ON users TO {app};
        GRANT USAGE ON SCHEMA app TO {app};
        GRANT USAGE ON SEQUENCE ticket TO {app};
        GRANT ALL ON names TO {app};
        GRANT USAGE ON TYPE mood TO {app}""",
    "0002_function": """
        REVOKE EXECUTE ON FUNCTION twice(integer) FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION twice(integer) TO {app}""",
    "0003_owner": "ALTER TABLE log OWNER TO {app}",
    "0004_defaults": "ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO {app}",
    "0005_made": "CREATE TABLE IF NOT EXISTS app.made (id integer); CREATE TABLE IF NOT EXISTS notes (id integer)",
    "0006_less": "REVOKE INSERT ON users FROM {app}",
}

CASES: dict[str, tuple[str, ...]] = {
    "nothing": ("SELECT 1",),
    # foreign keys and triggers that do not fire
    "foreign key off": (
        "ALTER TABLE jobs DISABLE TRIGGER ALL",
        "changed constraint public.jobs.jobs_user_id_fkey: enforcement is disabled on public.jobs, expected none",
        "changed trigger public.jobs.jobs_stamp: enabled is disabled, expected none",
    ),
    "foreign key off from the other side": (
        "ALTER TABLE users DISABLE TRIGGER ALL",
        "changed constraint public.jobs.jobs_user_id_fkey: enforcement is disabled on public.users, expected none",
        "changed constraint public.log.log_user_id_fkey: enforcement is disabled on public.users, expected none",
        "changed constraint public.users.users_born_key: enforcement is disabled on public.users, expected none",
    ),
    "trigger off on one partition": (
        "ALTER TABLE log_1 DISABLE TRIGGER stamp",
        "changed table public.log_1: inherited_triggers is trigger stamp disabled, expected none",
    ),
    "foreign key off on one partition": (
        "ALTER TABLE log_2 DISABLE TRIGGER ALL",
        "changed table public.log_2: inherited_triggers is constraint log_user_id_fkey disabled, trigger stamp ",
    ),
    "trigger for replicas alone": (
        "ALTER TABLE jobs ENABLE REPLICA TRIGGER jobs_stamp",
        "changed trigger public.jobs.jobs_stamp: enabled is replica, expected none",
    ),
    # views
    "materialized view emptied": (
        "REFRESH MATERIALIZED VIEW totals WITH NO DATA",
        "changed materialized view public.totals: populated is false, expected none",
    ),
    "materialized view filled": ("REFRESH MATERIALIZED VIEW later",),
    "materialized view stored otherwise": (
        "ALTER MATERIALIZED VIEW totals ALTER note SET STORAGE EXTERNAL",
        "changed materialized view public.totals: columns is note storage e, expected none",
    ),
    "default of a view": (
        "ALTER VIEW names ALTER name SET DEFAULT 'x'",
        "changed view public.names: column_defaults is name 'x'::text, expected none",
    ),
    # columns, indexes, sequences
    "statistics target": (
        "ALTER TABLE users ALTER name SET STATISTICS 10",
        "changed column public.users.name: statistics is 10, expected 200",
    ),
    "statistics target back": (
        "ALTER TABLE users ALTER name SET STATISTICS -1",
        "changed column public.users.name: statistics is none, expected 200",
    ),
    "statistics option": (
        "ALTER TABLE users ALTER kind SET (n_distinct = 5)",
        "changed column public.users.kind: options is n_distinct=5, expected none",
    ),
    "compression": (
        "ALTER TABLE users ALTER name SET COMPRESSION pglz",
        "changed column public.users.name: compression is pglz, expected none",
    ),
    "options of a primary key's index": (
        "ALTER INDEX jobs_pkey SET (fillfactor = 50)",
        "changed constraint public.jobs.jobs_pkey: index_options is fillfactor=50, expected none",
    ),
    "statistics of an index": (
        "ALTER INDEX users_upper ALTER COLUMN 1 SET STATISTICS 500",
        "changed index public.users_upper: statistics is 1 500, expected none",
    ),
    # objects of their own
    "statistics dropped": ("DROP STATISTICS users_stats", "missing statistics public.users_stats"),
    "statistics of other kinds": (
        "DROP STATISTICS users_stats; CREATE STATISTICS users_stats (ndistinct) ON name, kind FROM users",
        "changed statistics public.users_stats",
    ),
    "statistics with a target": (
        "ALTER STATISTICS users_stats SET STATISTICS 7",
        "changed statistics public.users_stats: target is 7, expected none",
    ),
    "statistics added": ("CREATE STATISTICS odd ON id, kind FROM users", "extra statistics public.odd"),
    "publication without a table": (
        "ALTER PUBLICATION changes DROP TABLE jobs",
        "changed publication changes: tables is public.users, expected public.jobs, public.users",
    ),
    "publication of deletes": ("ALTER PUBLICATION changes SET (publish = 'delete')", "changed publication changes"),
    "publication added": ("CREATE PUBLICATION odd FOR ALL TABLES", "extra publication odd"),
    "publication dropped": ("DROP PUBLICATION changes", "missing publication changes"),
    "event trigger off": (
        "ALTER EVENT TRIGGER forbid DISABLE",
        "changed event trigger forbid: enabled is disabled, expected none",
    ),
    "event trigger dropped": ("DROP EVENT TRIGGER forbid", "missing event trigger forbid"),
    "event trigger added": (
        "CREATE EVENT TRIGGER odd ON ddl_command_end EXECUTE FUNCTION forbid()",
        "extra event trigger odd",
    ),
    "collation made otherwise": (
        "DROP COLLATION plain; CREATE COLLATION plain (LOCALE = 'POSIX')",
        "changed collation public.plain: locale is POSIX, expected C",
    ),
    "collation added": ('CREATE COLLATION app.odd FROM "C"', "extra collation app.odd"),
    "operator altered": (
        "ALTER OPERATOR === (mood, integer) SET (RESTRICT = eqsel)",
        "changed operator public.===(public.mood, integer): restrict is eqsel",
    ),
    "operator dropped": ("DROP OPERATOR === (mood, integer)", "missing operator public.===(public.mood, integer)"),
    "operator class dropped": (
        "DROP OPERATOR CLASS downwards USING btree",
        "missing operator class public.downwards for btree",
        "changed operator family public.downwards for btree",
    ),
    "operator family with another operator": (
        "ALTER OPERATOR FAMILY downwards USING btree ADD FUNCTION 1 (bigint, bigint) btint8cmp(bigint, bigint)",
        "changed operator family public.downwards for btree",
    ),
    "operator family added": (
        "CREATE OPERATOR FAMILY app.odd USING hash",
        "extra operator family app.odd for hash",
    ),
    "cast dropped": ("DROP CAST (mood AS integer)", "missing cast from public.mood to integer"),
    "cast made implicit": (
        "DROP CAST (mood AS integer); CREATE CAST (mood AS integer) WITH FUNCTION mood_number(mood) AS IMPLICIT",
        "changed cast from public.mood to integer: context is implicit, expected none",
    ),
    "cast added": ("CREATE CAST (integer AS mood) WITH INOUT", "extra cast from integer to public.mood"),
    "conversion dropped": ("DROP CONVERSION latin", "missing conversion public.latin"),
    "dictionary altered": (
        "ALTER TEXT SEARCH DICTIONARY words (accept = true)",
        "changed text search dictionary public.words: options is accept = 'true', expected accept = 'false'",
    ),
    "search altered": (
        "ALTER TEXT SEARCH CONFIGURATION search DROP MAPPING FOR email",
        "changed text search configuration public.search",
    ),
    "search added": (
        "CREATE TEXT SEARCH CONFIGURATION odd (COPY = simple)",
        "extra text search configuration public.odd",
    ),
    "aggregate altered": (
        "CREATE OR REPLACE AGGREGATE product (integer) (SFUNC = int4mul, STYPE = integer, INITCOND = '2')",
        "changed function public.product(integer)",
    ),
    "aggregate with another space": (
        "CREATE OR REPLACE AGGREGATE product (integer) (SFUNC = int4mul, STYPE = integer, INITCOND = '1', SSPACE = 99)",
        "changed function public.product(integer)",
    ),
    "server with another host": ("ALTER SERVER far OPTIONS (SET host 'production.example.com')",),
    "server with another option": (
        "ALTER SERVER far OPTIONS (ADD fetch_size '5')",
        "changed foreign server far: options is fetch_size, host, expected host",
    ),
    "server added": ("CREATE SERVER odd FOREIGN DATA WRAPPER elsewhere", "extra foreign server odd"),
    "wrapper with an option": (
        "ALTER FOREIGN DATA WRAPPER elsewhere OPTIONS (ADD debug 'true')",
        "changed foreign data wrapper elsewhere: options is debug, expected none",
    ),
    "foreign table of another table": (
        "ALTER FOREIGN TABLE remote OPTIONS (SET table_name 'other')",
        "changed table public.remote: server_options is table_name=other, expected table_name=r",
    ),
    "foreign column of another name": (
        "ALTER FOREIGN TABLE remote ALTER id OPTIONS (SET column_name 'id')",
        "changed column public.remote.id: options is column_name=id, expected column_name=no",
    ),
    "language dropped": ("DROP LANGUAGE other", "missing language other"),
    "transform dropped": ("DROP TRANSFORM FOR date LANGUAGE sql", "missing transform of date for sql"),
    # owners and privileges that a patch has set
    "grant taken back": (
        "REVOKE SELECT ON users FROM {app}",
        "changed privileges on table public.users: to {app} is nothing, expected select",
    ),
    "taken grant given again": (
        "GRANT INSERT ON users TO {app}",
        "changed privileges on table public.users: to {app} is insert, select, expected select",
    ),
    "grant of a column taken back": (
        "REVOKE UPDATE (name) ON users FROM {app}",
        "changed privileges on column public.users.name: to {app} is nothing, expected update",
    ),
    "part of all taken back": (
        "REVOKE DELETE ON names FROM {app}",
        "changed privileges on view public.names: to {app} is",
    ),
    "schema taken back": (
        "REVOKE USAGE ON SCHEMA app FROM {app}",
        "changed privileges on schema app: to {app} is nothing, expected usage",
    ),
    "sequence taken back": (
        "REVOKE ALL ON SEQUENCE ticket FROM {app}",
        "changed privileges on sequence public.ticket: to {app} is nothing, expected usage",
    ),
    "function for everybody": (
        "GRANT EXECUTE ON FUNCTION twice(integer) TO PUBLIC",
        "changed privileges on function public.twice(integer): to public is what CREATE gives, expected nothing",
    ),
    "another owner": (
        "ALTER TABLE log OWNER TO {other}",
        "changed privileges on table public.log: owner is {other}, expected {app}",
    ),
    "the patches' own owner": (
        "ALTER TABLE log OWNER TO CURRENT_USER",
        "changed privileges on table public.log: owner is the role of the patches, expected {app}",
    ),
    "default privileges": (
        "ALTER DEFAULT PRIVILEGES IN SCHEMA app REVOKE SELECT ON TABLES FROM {app}",
        "changed default privileges of the role of the patches on tables in schema app: to {app} is nothing",
    ),
    # and those that none has set
    "grant to another role": ("GRANT SELECT ON users TO {other}",),
    "grant on what no patch granted": ("GRANT SELECT ON jobs TO {app}; REVOKE SELECT ON jobs FROM {other}",),
    "owner of what no patch gave away": (
        "ALTER TABLE notes OWNER TO {other}; ALTER FUNCTION twice(integer) OWNER TO {other}",
    ),
    "granted table dropped": ("DROP TABLE app.made", "missing table app.made"),
}

WITH_ALL: dict[str, tuple[str, ...]] = {
    "nothing": ("SELECT 1",),
    "grant to another role": (
        "GRANT SELECT ON users TO {other}",
        "changed privileges on table public.users: to {other} is select, expected nothing",
    ),
    "grant on what nobody granted": (
        "GRANT USAGE ON TYPE pair TO {app}",
        "changed privileges on composite type public.pair: to {app} is all, expected nothing",
    ),
    "grant of the baseline": (
        "REVOKE SELECT ON jobs FROM {other}; ALTER TABLE jobs OWNER TO CURRENT_USER",
        "changed privileges on table public.jobs: owner is the role of the patches, expected {other}",
    ),
    "owner of what nobody gave away": (
        "ALTER TABLE notes OWNER TO {other}",
        "changed privileges on table public.notes: owner is {other}, expected the role of the patches",
    ),
    "default privileges": (
        "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO {other}",
        "changed default privileges of the role of the patches on tables: to {other} is select, expected nothing",
    ),
    "extra table with a grant": ("CREATE TABLE odd (); GRANT SELECT ON odd TO {app}", "extra table public.odd"),
}
