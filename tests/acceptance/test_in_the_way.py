"""What strangers have put in the way of a patch ends it as Drifted before anything of it, or of theirs, has run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from rdspatch.authoring.postgres_releases import throwaway_postgres
from rdspatch.core.errors import Drifted
from rdspatch.core.outcome import Result
from rdspatch.core.schema import Effect, ObjectKind, ObjectName
from tests.acceptance.damaged import proven
from tests.acceptance.strange import OWNER, STRANGER, StrangePlace, applied, fresh, strange_places
from tests.trap import trapped

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rdspatch.core.lockfile import LockedPatch
    from rdspatch.core.outcome import ApplyReport
    from tests.acceptance.target import Target

pytestmark = pytest.mark.experiment("F68")

BASELINE = """
CREATE TABLE users (id integer PRIMARY KEY, email text, name text, rank integer);
CREATE TABLE orders (id integer PRIMARY KEY, user_id integer REFERENCES users ON DELETE CASCADE);
CREATE TABLE parts (id integer, n integer) PARTITION BY RANGE (id);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (1000);
CREATE VIEW names AS SELECT id, name FROM users;
"""
ROWS = "INSERT INTO users VALUES (1, 'ann@example.com'), (2, 'gone'); INSERT INTO orders VALUES (1, 2)"
PATCHES = {
    "table": "CREATE TABLE IF NOT EXISTS jobs (id integer PRIMARY KEY, name text DEFAULT 'x');\n"
    "INSERT INTO jobs (id) VALUES (1) ON CONFLICT DO NOTHING",
    "column": "ALTER TABLE users ADD COLUMN IF NOT EXISTS phone text DEFAULT ''",
    "index": "CREATE INDEX IF NOT EXISTS users_email ON users (email)",
    "schema": "CREATE SCHEMA IF NOT EXISTS app",
    "sequence": "CREATE SEQUENCE IF NOT EXISTS numbers",
    "view": "CREATE OR REPLACE VIEW emails AS SELECT email FROM users",
    # A name that the patch spells out is looked for by itself, see test_shadowing.py.
    "function": "DO $$BEGIN EXECUTE 'CREATE OR REPLACE FUNCTION twi' || 'ce(n integer) RETURNS integer LANGUAGE sql '\n"
    "'AS $f$SELECT 2 * n$f$'; END$$",
    "type": "DO $$BEGIN IF to_regtype('mood') IS NULL THEN CREATE TYPE mood AS ENUM ('good'); END IF; END$$",
    "trigger": "CREATE OR REPLACE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';\n"
    "DO $$BEGIN IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgname = 'stamp') THEN\n"
    "CREATE TRIGGER stamp BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION f(); END IF; END$$",
    "backfill": "UPDATE users SET name = email WHERE name IS NULL",
    "delete": "DELETE FROM users WHERE email = 'gone'",
    "parted": "UPDATE parts SET n = 0 WHERE n IS NULL",
    "rewrite": "ALTER TABLE users ALTER COLUMN rank TYPE bigint",
    "copy": "CREATE TABLE IF NOT EXISTS copy AS SELECT id, name FROM names",
    "tidy": "DROP TRIGGER IF EXISTS t ON users",
}
TRAPPED = "FOR EACH ROW EXECUTE FUNCTION trap.fires()"
TABLE = "CREATE TABLE jobs (id integer PRIMARY KEY, name text DEFAULT 'x')"
THEIRS = f"SET ROLE {STRANGER}; "
OURS = f"SET ROLE {OWNER}; "
HOSTILE = {
    "a table": ("table", f"{TABLE}; ALTER TABLE jobs OWNER TO {STRANGER}", "table public.jobs is there already"),
    "a table with a trigger": (
        "table",
        f"{OURS}{TABLE}; RESET ROLE; CREATE TRIGGER t BEFORE INSERT ON jobs {TRAPPED}",
        "the trigger t on public.jobs calls trap.fires()",
    ),
    "a table with a rule": (
        "table",
        f"{OURS}{TABLE}; RESET ROLE; CREATE RULE r AS ON INSERT TO jobs DO ALSO SELECT trap.note()",
        "the rule r on public.jobs",
    ),
    "a table with a policy": (
        "table",
        f"{OURS}{TABLE}; RESET ROLE; CREATE POLICY p ON jobs USING (trap.note())",
        "the policy p on public.jobs",
    ),
    "a table with a default": (
        "table",
        f"{OURS}{TABLE}; RESET ROLE; ALTER TABLE jobs ALTER name SET DEFAULT trap.told('x')",
        "the column name on public.jobs calls trap.told(text)",
    ),
    "a table with a generated column": (
        "table",
        f"{OURS}{TABLE}; RESET ROLE; ALTER TABLE jobs ADD g text GENERATED ALWAYS AS (trap.told(name)) STORED",
        "the column g on public.jobs",
    ),
    "a table with an index": (
        "table",
        f"{OURS}{TABLE}; RESET ROLE; CREATE INDEX i ON jobs (trap.told(name))",
        "the index i on public.jobs",
    ),
    "a table with a check": (
        "table",
        f"{OURS}{TABLE}; RESET ROLE; ALTER TABLE jobs ADD CONSTRAINT c CHECK (name OPERATOR(trap.===) name)",
        "the constraint c on public.jobs calls trap.same(text,text)",
    ),
    "a partitioned table": (
        "table",
        (
            "CREATE TABLE jobs (id integer, name text) PARTITION BY LIST (trap.told(name)); "
            f"ALTER TABLE jobs OWNER TO {OWNER}"
        ),
        "the table jobs on public.jobs",
    ),
    "a view in place of a table": (
        "table",
        f"CREATE VIEW jobs AS SELECT 1 AS id, trap.told('x') AS name; ALTER VIEW jobs OWNER TO {STRANGER}",
        "view public.jobs is there already",
    ),
    "a column": (
        "column",
        "ALTER TABLE users ADD phone text; ALTER TABLE users ALTER phone SET DEFAULT trap.told('x')",
        "the column phone on public.users",
    ),
    "an index": ("index", "CREATE INDEX users_email ON users (trap.told(email))", "the index users_email on public.us"),
    "a schema": ("schema", f"CREATE SCHEMA app AUTHORIZATION {STRANGER}", "schema app is there already"),
    "a sequence": (
        "sequence",
        f"CREATE SEQUENCE numbers; ALTER SEQUENCE numbers OWNER TO {STRANGER}",
        "sequence public.numbers is there already",
    ),
    "another view": (
        "view",
        f"CREATE VIEW emails AS SELECT email FROM users; ALTER VIEW emails OWNER TO {STRANGER}",
        "view public.emails is there already",
    ),
    "a function": (
        "function",
        (
            "CREATE FUNCTION twice(n integer) RETURNS integer LANGUAGE sql AS 'SELECT 1'; "
            f"ALTER FUNCTION twice OWNER TO {STRANGER}"
        ),
        "function public.twice(integer) is there already",
    ),
    "a type": (
        "type",
        f"CREATE TYPE mood AS ENUM (); ALTER TYPE mood OWNER TO {STRANGER}",
        "type public.mood is there",
    ),
    "a trigger": (
        "trigger",
        f"CREATE TRIGGER stamp BEFORE UPDATE ON orders {TRAPPED}",
        "the trigger stamp on public.or",
    ),
    "a trigger that a backfill fires": (
        "backfill",
        f"CREATE TRIGGER t AFTER UPDATE ON users {TRAPPED}",
        "trigger t on",
    ),
    "a condition of a trigger": (
        "backfill",
        (
            f"{OURS}CREATE FUNCTION g() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; RESET ROLE; "
            "CREATE TRIGGER t AFTER UPDATE ON users FOR EACH ROW WHEN (trap.told(NEW.name) <> '') EXECUTE FUNCTION g()"
        ),
        "calls trap.told(text)",
    ),
    "a check that a backfill meets": (
        "backfill",
        "ALTER TABLE users ADD CONSTRAINT c CHECK (trap.told(name) <> '') NOT VALID",
        "the constraint c on public.users",
    ),
    "a domain that a backfill meets": (
        "backfill",
        (
            "CREATE DOMAIN named AS text; ALTER TABLE users ADD nick named; "
            "ALTER DOMAIN named ADD CHECK (trap.told(VALUE) <> '') NOT VALID"
        ),
        "the column nick on public.users",
    ),
    "a policy that holds for the owner": (
        "backfill",
        (
            "ALTER TABLE users ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; "
            "CREATE POLICY p ON users USING (trap.note())"
        ),
        "the policy p on public.users",
    ),
    "a trigger behind a foreign key": (
        "delete",
        f"CREATE TRIGGER t BEFORE DELETE ON orders {TRAPPED}",
        "the trigger t on public.orders",
    ),
    "a trigger of a partition": (
        "parted",
        (
            "CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (1000) TO (2000); "
            f"ALTER TABLE parts_2 OWNER TO {OWNER}; INSERT INTO parts VALUES (1500); "
            f"CREATE TRIGGER t BEFORE UPDATE ON parts_2 {TRAPPED}"
        ),
        "the trigger t on public.parts_2",
    ),
    "an index that is built again": (
        "rewrite",
        "CREATE INDEX i ON users (trap.told(email))",
        "the index i on public.us",
    ),
    "a view that is read": (
        "copy",
        (
            f"CREATE OR REPLACE VIEW names AS SELECT id, trap.told(name) AS name FROM users; "
            f"ALTER VIEW names OWNER TO {OWNER}"
        ),
        "the rule _RETURN on public.names calls trap.told(text)",
    ),
}
HONEST = {
    "their own table beside": ("table", f"CREATE TABLE other (); ALTER TABLE other OWNER TO {STRANGER}"),
    "an own table": ("table", f"{OURS}{TABLE}"),
    "a trigger while nothing is written": ("column", f"CREATE TRIGGER t BEFORE INSERT OR UPDATE ON users {TRAPPED}"),
    "a trigger that is dropped": ("tidy", f"CREATE TRIGGER t BEFORE INSERT OR UPDATE ON users {TRAPPED}"),
    "a trigger that is off": (
        "backfill",
        f"CREATE TRIGGER t BEFORE UPDATE ON users {TRAPPED}; ALTER TABLE users DISABLE TRIGGER t",
    ),
    "a policy that does not hold for the owner": (
        "backfill",
        "ALTER TABLE users ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON users USING (trap.note())",
    ),
    "a trigger elsewhere": ("backfill", f"CREATE TRIGGER t BEFORE UPDATE ON orders {TRAPPED}"),
    "a trigger of a child that is left alone": ("column", f"CREATE TRIGGER t BEFORE DELETE ON orders {TRAPPED}"),
    "a function of the same name": (
        "function",
        (
            f"CREATE FUNCTION twice(n text) RETURNS text LANGUAGE sql AS 'SELECT n'; "
            f"ALTER FUNCTION twice OWNER TO {STRANGER}"
        ),
    ),
}


@pytest.fixture(scope="module", params=[14, 18])
def servers(request: pytest.FixtureRequest) -> Iterator[StrangePlace]:
    with throwaway_postgres(request.param) as server:
        yield from strange_places(trapped(server))


@pytest.fixture(scope="module")
def patches(servers: StrangePlace, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, LockedPatch]:
    """Each as it was proven, by its name."""
    numbered = {f"{number:04}_{name}": sql for number, (name, sql) in enumerate(PATCHES.items(), start=1)}
    lock = proven(servers.server, tmp_path_factory.mktemp("patches"), BASELINE, numbered)
    return {locked.patch.name[5:]: locked for locked in lock.patches}


@pytest.fixture
def place(servers: StrangePlace) -> Iterator[StrangePlace]:
    for made in fresh(servers):
        made.run(f"SET ROLE {OWNER}; {BASELINE}; {ROWS}")
        yield made


def undone(report: ApplyReport, name: str) -> str:
    """The failure of the one patch that did not run."""
    assert isinstance(report.failure, Drifted)
    assert [outcome.result for outcome in report.outcomes] == [Result.FAILED]
    assert name in str(report.failure)
    return str(report.failure)


def test_a_table_of_somebody_else_is_not_taken_for_the_patchs_own(target: Target, login: str) -> None:
    target.patch("0001_t", "CREATE TABLE IF NOT EXISTS t (id int)")
    made = Effect(object=ObjectName(ObjectKind.TABLE, ("public", "t")), before=None, after={})
    patches = tuple(replace(locked, effects=(made,)) for locked in target.patches)
    target.execute(f'CREATE TABLE t (id int); ALTER TABLE t OWNER TO "{login}"')
    report = target.apply_once(patches=patches)
    assert f"table public.t is there already and belongs to {login}" in undone(report, "0001_t")
    trusting = target.opened_with(f"trusted_roles={login}")
    assert target.apply_once(patches=patches, database=trusting).failure is None


@pytest.mark.slow
@pytest.mark.parametrize(("patch", "before", "words"), HOSTILE.values(), ids=HOSTILE)
def test_a_patch_is_not_run_into_what_a_stranger_has_made(
    place: StrangePlace, patches: Mapping[str, LockedPatch], patch: str, before: str, words: str
) -> None:
    place.run(before)
    place.run("SELECT setval('trap.count', 1, false); TRUNCATE trap.sprung")
    message = undone(applied(place, (patches[patch],)), patch)
    assert words in message
    assert f"name {STRANGER} in trusted_roles" in message
    assert place.sprung() == []
    assert place.run("SELECT count(*) FROM rdspatch.ledger") == [[0]]


@pytest.mark.slow
@pytest.mark.parametrize(("patch", "before"), HONEST.values(), ids=HONEST)
def test_what_no_patch_runs_into_stops_none(
    place: StrangePlace, patches: Mapping[str, LockedPatch], patch: str, before: str
) -> None:
    place.run(before)
    report = applied(place, (patches[patch],))
    assert (report.failure, place.sprung()) == (None, [])


@pytest.mark.slow
def test_what_a_trusted_role_or_a_function_with_rights_of_its_own_does_is_accepted(
    place: StrangePlace, patches: Mapping[str, LockedPatch]
) -> None:
    place.run(f"CREATE TRIGGER t AFTER UPDATE ON users {TRAPPED}; {TABLE}; ALTER TABLE jobs OWNER TO {STRANGER}")
    both = (patches["table"], patches["backfill"])
    assert "public.jobs" in undone(applied(place, both[:1]), "table")
    place.run(f"GRANT ALL ON jobs TO {OWNER}")
    report = applied(place, both, url=f"{place.url}&trusted_roles=somebody,{STRANGER}")
    assert report.failure is None
    assert set(place.sprung()) == {OWNER}
    place.run("DROP TRIGGER t ON users; UPDATE users SET name = NULL; DROP SCHEMA rdspatch CASCADE")
    place.run("DELETE FROM trap.sprung; SELECT setval('trap.count', 1, false)")
    place.run("CREATE TRIGGER t AFTER UPDATE ON users FOR EACH ROW EXECUTE FUNCTION trap.defining()")
    assert applied(place, both[1:]).failure is None
    assert place.sprung() == []


@pytest.mark.slow
def test_what_an_earlier_patch_takes_away_is_in_nobodys_way(
    place: StrangePlace, patches: Mapping[str, LockedPatch]
) -> None:
    place.run(f"CREATE TRIGGER t AFTER UPDATE ON users {TRAPPED}")
    undone(applied(place, (patches["backfill"],)), "backfill")
    report = applied(place, (patches["tidy"], patches["backfill"]))
    assert report.failure is None
    assert [outcome.result for outcome in report.outcomes] == [Result.APPLIED, Result.APPLIED]
    assert place.sprung() == []


@pytest.mark.slow
def test_patches_before_the_one_that_is_refused_are_applied(
    place: StrangePlace, patches: Mapping[str, LockedPatch]
) -> None:
    place.run(f"CREATE TRIGGER t AFTER UPDATE ON users {TRAPPED}")
    order = (patches["column"], patches["backfill"], patches["delete"])
    report = applied(place, order)
    assert [outcome.result for outcome in report.outcomes] == [Result.APPLIED, Result.FAILED, Result.NOT_REACHED]
    assert isinstance(report.failure, Drifted)
    assert place.sprung() == []
