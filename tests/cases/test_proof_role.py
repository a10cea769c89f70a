"""A proof runs as production does: as the owner of the schema, who is no superuser; missing roles are made for it."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from rdspatch.authoring.proof import ScratchServer

if TYPE_CHECKING:
    from rdspatch.authoring.postgres_server import EmbeddedPostgres
    from tests.cli.conftest import DatabaseShell

pytestmark = pytest.mark.slow

OURS = (
    "SELECT rolname FROM pg_roles WHERE rolname LIKE 'rdspatch\\_%' "
    "OR shobj_description(oid, 'pg_authid') = 'made by rdspatch for a proof'"
)
BASELINE = """
CREATE TABLE teams (id bigint PRIMARY KEY);
CREATE TABLE users (id bigint PRIMARY KEY, team bigint REFERENCES teams (id));
"""
REFUSED = {
    "system triggers": ("ALTER TABLE users DISABLE TRIGGER ALL;", 'permission denied: "RI_ConstraintTrigger'),
    "an event trigger": (
        """CREATE OR REPLACE FUNCTION e() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$;
        DROP EVENT TRIGGER IF EXISTS e; CREATE EVENT TRIGGER e ON sql_drop EXECUTE FUNCTION e();""",
        'permission denied to create event trigger "e"',
    ),
    "leakproof": (
        "CREATE OR REPLACE FUNCTION f(integer) RETURNS integer LANGUAGE sql IMMUTABLE LEAKPROOF AS 'SELECT 1';",
        "only superuser can define a leakproof function",
    ),
    "a file": ("DO $$ BEGIN PERFORM pg_read_file('postgresql.conf'); END $$;", "denied for function pg_read_file"),
    "a program": (
        "DO $$ BEGIN EXECUTE 'COPY (SELECT 1) TO PROGRAM ''true'''; END $$;",
        "permission denied to COPY to or from an external program",
    ),
    "a program, as somebody else": (
        "DO $$ BEGIN EXECUTE 'RESET ROLE'; EXECUTE 'COPY (SELECT 1) TO PROGRAM ''true'''; END $$;",
        "permission denied to COPY to or from an external program",
    ),
    "another role": ("DO $$ BEGIN EXECUTE 'SET ROLE postgres'; END $$;", 'permission denied to set role "postgres"'),
    "an extension that RDS lacks": ("CREATE EXTENSION IF NOT EXISTS file_fdw;", "RDS does not offer it"),
    "a catalog": ("UPDATE pg_class SET relname = 'x' WHERE relname = 'none';", "permission denied for table pg_class"),
}


@pytest.mark.parametrize(("sql", "why"), REFUSED.values(), ids=REFUSED)
def test_what_only_a_superuser_may_do_fails_in_the_proof(database: DatabaseShell, sql: str, why: str) -> None:
    database.patches.write("baseline.sql", BASELINE)
    database.patches.patch("0001_p", sql, "verify: SELECT true", "statement-timeout: 1min")
    printed = database.on_patches("lock", "--scratch", database.url)
    assert (printed.code, why in printed.err) == (1, True), printed.err
    assert "the owner of the schema, which is no superuser" in printed.err


@pytest.mark.parametrize(("is_superuser", "is_seen"), [("r.rolsuper", False), ("NOT r.rolsuper", True)])
def test_a_trigger_of_the_baseline_runs_as_the_owner_too(
    database: DatabaseShell,
    is_superuser: str,
    is_seen: bool,  # noqa: FBT001 - a column of the table above
) -> None:
    database.patches.write(
        "baseline.sql",
        """CREATE TABLE t (id bigint PRIMARY KEY);
        CREATE TABLE seen (who text, login text);
        CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN INSERT INTO seen VALUES (current_user, session_user); RETURN NEW; END $$;
        CREATE TRIGGER f BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();""",
    )
    query = f"SELECT FROM seen AS s, pg_roles AS r WHERE r.rolname IN (s.who, s.login) AND {is_superuser}"
    stops = f"DO $$ BEGIN IF EXISTS ({query}) THEN RAISE 'somebody like that'; END IF; END $$;"
    database.patches.patch("0001_p", stops)
    printed = database.on_patches("lock", "--scratch", database.url)
    assert printed.code == 0
    assert ("not tried with generated rows" in printed.err) is is_seen


def test_extensions_are_created_by_whoever_may(database: DatabaseShell) -> None:
    database.patches.write("baseline.sql", "CREATE EXTENSION pgstattuple;\n" + BASELINE)
    database.patches.patch("0001_trusted", "CREATE EXTENSION IF NOT EXISTS citext;")
    database.patches.patch("0002_untrusted", "CREATE EXTENSION IF NOT EXISTS postgres_fdw;")
    for command in (("lock",), ("lock", "--check", "--all"), ("lock", "--check")):
        printed = database.on_patches(*command, "--scratch", database.url)
        assert printed.code == 0, printed.err
        assert "0001_trusted" not in printed.err
    text = (database.patches.path / "patches.lock.json").read_text()
    assert "that the owner role may create the extension postgres_fdw" in text
    assert "a member of rds_superuser has to create it before the run" in database.on_patches("explain", "2").out


def test_a_baseline_may_hold_what_only_a_superuser_makes_and_its_code_runs_as_the_owner(
    database: DatabaseShell,
) -> None:
    baseline = """
    CREATE FUNCTION f(integer) RETURNS integer LANGUAGE sql IMMUTABLE LEAKPROOF AS 'SELECT 1';
    CREATE FUNCTION e() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$;
    CREATE EVENT TRIGGER e ON sql_drop EXECUTE FUNCTION e();
    """
    database.patches.write("baseline.sql", BASELINE + baseline)
    database.patches.patch(
        "0001_p", "DROP FUNCTION IF EXISTS f(integer); ALTER TABLE users ADD COLUMN IF NOT EXISTS n int;"
    )
    assert database.on_patches("lock", "--scratch", database.url).code == 0
    program = "DO $$ BEGIN EXECUTE 'COPY (SELECT 1) TO PROGRAM ''true'''; END $$;"
    database.patches.write("baseline.sql", BASELINE + baseline + program)
    printed = database.on_patches("lock", "--scratch", database.url)
    assert (printed.code, "baseline.sql: permission denied to COPY" in printed.err) == (1, True)


NAMED = {
    "GRANT": "GRANT SELECT ON users TO reporting_ro;",
    "REVOKE": "REVOKE ALL ON users FROM reporting_ro;",
    "a policy": "DROP POLICY IF EXISTS p ON users; CREATE POLICY p ON users TO reporting_ro USING (true);",
    "OWNER TO": "ALTER TABLE users OWNER TO reporting_ro;",
    "default privileges": "ALTER DEFAULT PRIVILEGES FOR ROLE reporting_ro GRANT SELECT ON TABLES TO reporting_ro;",
    "a schema's owner": "CREATE SCHEMA IF NOT EXISTS app AUTHORIZATION reporting_ro;",
    "a statement in a block": "DO $$ BEGIN GRANT SELECT ON users TO reporting_ro; END $$;",
}


@pytest.mark.parametrize("sql", NAMED.values(), ids=NAMED)
def test_a_role_that_only_production_has_is_made_listed_and_dropped(database: DatabaseShell, sql: str) -> None:
    database.patches.write("baseline.sql", BASELINE)
    database.patches.patch("0001_p", sql)
    printed = database.on_patches("lock", "--scratch", database.url)
    assert printed.code == 0, printed.err
    assert "made for the proof, and needed in production: role reporting_ro" in printed.err
    if "OWNER TO" in sql or "ROLE" in sql or "AUTHORIZATION" in sql:
        assert "member of what it hands objects over to: role reporting_ro" in printed.err
    assert database.query(OURS) == []


def test_a_role_that_is_there_stays_and_one_in_a_computed_statement_is_asked_for(database: DatabaseShell) -> None:
    database.query("CREATE ROLE here_already")
    database.patches.write("baseline.sql", BASELINE)
    database.patches.patch("0001_p", "GRANT SELECT ON users TO here_already;")
    printed = database.on_patches("lock", "--scratch", database.url)
    assert (printed.code, printed.err) == (0, "")
    assert database.query("SELECT count(*) FROM pg_roles WHERE rolname = 'here_already'") == [[1]]
    database.query("DROP ROLE here_already")
    database.patches.patch("0002_p", "DO $$ BEGIN EXECUTE 'GRANT SELECT ON users TO nobody_knows'; END $$;")
    printed = database.on_patches("lock", "--scratch", database.url)
    assert printed.code == 1
    assert "name it in a statement of the patch, or give a server that has it by --scratch" in printed.err


def test_no_membership_makes_a_superuser(database: DatabaseShell) -> None:
    database.patches.write("baseline.sql", BASELINE)
    database.patches.patch("0001_p", "ALTER TABLE users OWNER TO postgres;")
    printed = database.on_patches("lock", "--scratch", database.url)
    assert (printed.code, "postgres" in printed.err) == (1, True)


def test_a_login_that_may_only_create_databases_is_the_owner_itself(
    database: DatabaseShell, postgres_server: EmbeddedPostgres
) -> None:
    database.query("CREATE ROLE only_databases LOGIN CREATEDB PASSWORD 'x'")
    database.patches.write("baseline.sql", BASELINE)
    database.patches.patch("0001_p", "ALTER TABLE users ADD COLUMN IF NOT EXISTS n int;")
    try:
        scratch = postgres_server.url("postgres", "only_databases", "x")
        assert database.on_patches("lock", "--scratch", scratch).code == 0
        database.patches.patch("0002_p", REFUSED["a file"][0])
        assert "denied for function pg_read_file" in database.on_patches("lock", "--scratch", scratch).err
    finally:
        database.query("DROP ROLE only_databases")


def test_two_proofs_on_one_server_leave_each_other_their_roles(postgres_server: EmbeddedPostgres) -> None:
    url = postgres_server.url("postgres")
    with closing(ScratchServer(url)) as one:
        assert one.roles.provide(["shared_by_two"], owner=one.owner, joined=()) == ("shared_by_two",)
        with closing(ScratchServer(url)) as other:
            assert other.roles.provide(["shared_by_two"], owner=other.owner, joined=()) == ()
        with one.database() as made, made.connect() as connection:
            connection.execute("CREATE TABLE t (id int); GRANT SELECT ON t TO shared_by_two")
    with postgres_server.connect() as connection:
        assert connection.run(OURS) == []


def test_the_owners_name_in_a_proof_is_in_no_lock_file(database: DatabaseShell) -> None:
    """Catches a lock file that is another one each time, and a policy that no other database has."""
    database.patches.write("baseline.sql", BASELINE)
    database.patches.patch(
        "0001_p",
        "DROP POLICY IF EXISTS p ON users; CREATE POLICY p ON users TO CURRENT_USER USING (true);\n"
        "REVOKE TRUNCATE ON users FROM CURRENT_USER; GRANT UPDATE ON users TO CURRENT_USER WITH GRANT OPTION;\n"
        "ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;",
    )
    database.patches.patch("0002_q", "ALTER TABLE users OWNER TO reporting_ro;")
    assert database.on_patches("lock").code == 0
    lock_file = database.patches.path / "patches.lock.json"
    text = lock_file.read_text()
    assert "rdspatch_owner" not in text
    assert "the owner role keeps only what it is granted" in text
    lock_file.unlink()
    assert database.on_patches("lock").code == 0
    assert lock_file.read_text() == text
    (database.patches.path / "0002_q.sql").unlink()
    assert database.on_patches("lock").code == 0
    database.query(BASELINE)
    assert database.on_database("apply").code == 0
    assert (database.on_database("verify").code, database.on_database("drift").out) == (0, "no drift\n")


def test_a_patch_whose_tables_the_owner_may_not_read_is_refused_with_the_reason(database: DatabaseShell) -> None:
    database.patches.write("baseline.sql", BASELINE)
    database.patches.patch("0001_p", "REVOKE SELECT ON users FROM CURRENT_USER;")
    printed = database.on_patches("lock")
    assert printed.code == 1
    assert "0001_p.sql: the proof cannot look at what it leaves: permission denied for table users" in printed.err
