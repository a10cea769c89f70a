"""Drift under other circumstances: few privileges, a standby, a ledger that is gone or ahead, a scope, odd names."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from rdspatch.adapters.patch_files import read_patch_files
from rdspatch.authoring.lock import lock as parse
from rdspatch.authoring.postgres_server import EmbeddedPostgres
from rdspatch.core.directory import parse_directory
from rdspatch.core.drift import Drift, DriftKind
from rdspatch.core.errors import AccessDenied, ConnectionLost, LedgerUnusable, LockFileStale, VerificationFailed
from rdspatch.core.failure import FailureKind, SqlFailed, SqlFailure
from rdspatch.core.lockfile import LockedBaseline, LockFile, read, render
from rdspatch.core.schema import ObjectKind, ObjectName, Schema, effects_between
from rdspatch.core.scope import Scope
from rdspatch.engine.drift import find_drift
from tests.acceptance.target import Target, new_run, open_target

if TYPE_CHECKING:
    from rdspatch.ports import Database

BASELINE = """
CREATE SCHEMA app;
CREATE TABLE app.orders (id integer PRIMARY KEY, note text);
CREATE VIEW app.notes AS SELECT note FROM app.orders;
CREATE TABLE people (id serial PRIMARY KEY, email text CHECK (email <> ''));
CREATE INDEX people_email ON people (email);
"""
PATCHES = {
    "0001_name": "ALTER TABLE people ADD COLUMN IF NOT EXISTS name text",
    "0002_age": "ALTER TABLE people ADD COLUMN IF NOT EXISTS age integer",
}
NAME, AGE, EMAIL, ODD = (
    ObjectName(ObjectKind.COLUMN, ("public", "people", it)) for it in ("name", "age", "email", "odd")
)
INDEX = ObjectName(ObjectKind.INDEX, ("public", "people_email"))
ORDERS = ObjectName(ObjectKind.TABLE, ("app", "orders"))
CHANGES = """
DROP TABLE app.orders CASCADE; DROP INDEX people_email;
ALTER TABLE people ADD odd text; ALTER TABLE people ALTER email SET NOT NULL
"""


def snapshot(database: Database) -> Schema:
    session = database.connect(new_run())
    schema = session.read_schema()
    session.close()
    return schema


def lock_of(target: Target) -> LockFile:
    """A lock file with the effects that the patches have on the target, which is as the baseline made it."""
    patches = parse_directory(read_patch_files(target.directory)).patches
    before = start = snapshot(target.database)
    locked = []
    for patch in parse(patches):
        target.execute(patch.patch.sql)
        after = snapshot(target.database)
        locked.append(replace(patch, effects=effects_between(before, after)))
        before = after
    lock = LockFile(patches=tuple(locked), baseline=LockedBaseline(checksum="c", schema=start), server=18)
    return read(render(lock), patches)


def drift_of(target: Target, lock: LockFile, database: Database | None = None) -> Drift:
    return find_drift(lock, database=database or target.database, run=new_run())


def objects(drift: Drift) -> list[tuple[str, ObjectName, str]]:
    return [(it.kind.value, it.object, it.patch) for it in drift.differences]


@pytest.fixture
def lock(target: Target) -> LockFile:
    """Of a target on which everything is applied."""
    target.execute(BASELINE)
    for name, sql in PATCHES.items():
        target.patch(name, sql)
    lock = lock_of(target)
    target.apply_once(patches=lock.patches)
    target.database.calls.clear()
    return lock


def test_drift_is_two_questions_on_one_connection(target: Target, lock: LockFile) -> None:
    before = target.database.sessions
    assert drift_of(target, lock) == Drift()
    assert target.database.names() == ["read_ledger", "read_schema", "close"]
    assert target.database.sessions == before + 1


def test_each_difference_names_the_patch_or_the_baseline(target: Target, lock: LockFile) -> None:
    target.execute("ALTER TABLE people DROP name, ALTER age TYPE bigint, DROP email, ADD odd text")
    assert objects(drift_of(target, lock)) == [
        ("changed", AGE, "0002_age"),
        ("missing", EMAIL, "baseline"),
        ("missing", NAME, "0001_name"),
        ("extra", ODD, ""),
        ("missing", ObjectName(ObjectKind.CONSTRAINT, ("public", "people", "people_email_check")), "baseline"),
        ("missing", INDEX, "baseline"),
    ]


def test_a_login_that_may_only_read_the_ledger_sees_the_same_drift(target: Target, lock: LockFile, login: str) -> None:
    target.execute(CHANGES)
    target.execute(
        f"REVOKE ALL ON SCHEMA public FROM PUBLIC; GRANT USAGE ON SCHEMA rdspatch TO {login};"
        f"GRANT SELECT ON rdspatch.ledger TO {login}"
    )
    [[usage, select]] = target.rows(
        f"SELECT has_schema_privilege('{login}', 'app', 'usage'), has_table_privilege('{login}', 'people', 'select')"
    )
    assert (usage, select) == (False, False)
    seen = drift_of(target, lock, open_target(target.url_of(login)))
    assert seen == drift_of(target, lock)
    assert len(seen.differences) == 5


def test_a_login_that_may_not_read_the_ledger_is_told_so(target: Target, lock: LockFile, login: str) -> None:
    with pytest.raises(AccessDenied, match="GRANT USAGE on the schema rdspatch"):
        drift_of(target, lock, open_target(target.url_of(login)))


def test_a_database_that_is_read_only_can_be_looked_at(target: Target, lock: LockFile) -> None:
    target.execute(CHANGES)
    target.execute("ALTER DATABASE acceptance SET default_transaction_read_only = on")
    assert len(drift_of(target, lock).differences) == 5


def test_a_standby_can_be_looked_at(target: Target, lock: LockFile) -> None:
    with EmbeddedPostgres({"wal_level": "replica", "hot_standby": "on"}) as server:
        server.create_database("people")
        with server.connect("people") as connection:
            connection.run(BASELINE + ";".join(PATCHES.values()) + ";ALTER TABLE people ADD odd text")
            connection.run("CHECKPOINT")
        server.stop()
        (server.socket_directory / "data" / "standby.signal").touch()
        server.start()
        with server.connect("people") as connection:
            assert connection.run("SELECT pg_is_in_recovery()") == [[True]]
        unpatched = replace(lock, baseline=LockedBaseline(checksum="c", schema=snapshot(target.database)))
        assert objects(drift_of(target, unpatched, open_target(server.url("people")))) == [("extra", ODD, "")]


def test_a_connection_that_breaks_ends_in_connection_lost(target: Target, lock: LockFile) -> None:
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'rdspatch:%'"
    target.database.before["read_schema"] = lambda: target.execute(others)
    with pytest.raises(ConnectionLost, match="nothing was changed"):
        drift_of(target, lock)
    assert target.database.names() == ["read_ledger", "read_schema", "close"]


def test_a_schema_that_the_server_does_not_give_is_no_clean_bill(target: Target, lock: LockFile) -> None:
    def refuse() -> None:
        raise SqlFailed(SqlFailure(kind=FailureKind.SQL, sqlstate="57014", message="canceled"))

    target.database.before["read_schema"] = refuse
    with pytest.raises(VerificationFailed, match=r"the schema: cannot be read: canceled \(SQLSTATE 57014\)"):
        drift_of(target, lock)


@pytest.mark.parametrize("part", ["baseline", "patches"])
def test_a_lock_file_without_proof_says_nothing_of_drift(target: Target, lock: LockFile, part: str) -> None:
    unproven = tuple(replace(locked, effects=None) for locked in lock.patches)
    lock = replace(lock, baseline=None) if part == "baseline" else replace(lock, patches=unproven)
    with pytest.raises(LockFileStale, match="does not say what the patches do; run `rdspatch lock`"):
        drift_of(target, lock)


def test_a_database_that_was_never_patched_is_compared_with_the_baseline(target: Target, lock: LockFile) -> None:
    target.execute("DROP SCHEMA rdspatch CASCADE; DROP INDEX people_email; ALTER TABLE people DROP age")
    drift = drift_of(target, lock)
    assert objects(drift) == [("extra", NAME, ""), ("missing", INDEX, "baseline")]
    assert drift.pending == tuple(PATCHES)


def test_a_ledger_that_is_there_in_part_is_refused(target: Target, lock: LockFile) -> None:
    target.execute("DROP TABLE rdspatch.ledger")
    with pytest.raises(LedgerUnusable):
        drift_of(target, lock)


def test_pending_patches_are_no_drift(target: Target, lock: LockFile) -> None:
    target.execute("ALTER TABLE rdspatch.ledger DISABLE TRIGGER keep_rows")
    target.execute("DELETE FROM rdspatch.ledger WHERE patch_id = '0002_age'; ALTER TABLE people DROP age")
    assert drift_of(target, lock) == Drift(pending=("0002_age",))


def test_after_a_row_without_file_nothing_is_extra_and_older_claims_do_not_count(
    target: Target, lock: LockFile
) -> None:
    target.execute(CHANGES)
    target.execute(
        "UPDATE rdspatch.ledger SET patch_id = '0002_other' WHERE patch_id = '0001_name'; ALTER TABLE people DROP age"
    )
    drift = drift_of(target, lock)
    assert (drift.unknown, drift.pending) == (("0002_other",), ("0001_name",))
    assert objects(drift) == [("missing", AGE, "0002_age")]


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        (Scope(schemas=("public",)), {EMAIL, ODD, INDEX}),
        (Scope(schemas=("app", "nowhere")), {ORDERS, ObjectName(ObjectKind.VIEW, ("app", "notes"))}),
        (Scope(ignore=("app",)), {EMAIL, ODD, INDEX}),
        (Scope(ignore=("app.*", "public.people.odd")), {EMAIL, INDEX}),
        (Scope(ignore=("app", "public.people")), set()),
    ],
)
def test_only_what_the_lock_files_scope_covers_is_looked_at(
    target: Target, lock: LockFile, scope: Scope, expected: set[ObjectName]
) -> None:
    target.execute(CHANGES)
    assert {it.object for it in drift_of(target, replace(lock, scope=scope)).differences} == expected


def test_the_server_is_asked_for_the_schemas_of_the_scope_alone(target: Target, lock: LockFile) -> None:
    hostile = 'it\'s {wanted} \\ "%s" :x'
    quoted = '"' + hostile.replace('"', '""') + '"'
    target.execute(f'CREATE SCHEMA {quoted}; CREATE SCHEMA "{"x" * 63}"')
    session = target.database.connect(new_run())
    everything = session.read_schema()
    for schemas in (("app",), ("app", hostile), ("nowhere",), ("public' OR 'a' = 'a",)):
        assert session.read_schema(schemas) == Scope(schemas=schemas).of(everything)
    assert session.read_schema(("x" * 64,)) == session.read_schema(("nowhere",))
    session.close()
    assert lock.scope == Scope()


HOSTILE = (
    "a%b",
    'x"; drop table victim; --',
    'it\'s "quoted"',
    "a.b:c::d",
    "größe 日本 😀",
    "x" * 63,
    "new\nline\ttab",
    "back\\slash\\",
    "\u202egnp.exe",
    "%s {y} $1 $$",
    " ",
    "[bold]x[/bold]",
)


@pytest.mark.experiment("F31")
@pytest.mark.parametrize("name", HOSTILE)
def test_any_name_is_reported_byte_for_byte_and_printed_on_one_line(target: Target, name: str) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    empty = snapshot(target.database)
    sql = (
        "CREATE TABLE victim (); CREATE SCHEMA @; CREATE TABLE @.@ (@ integer CONSTRAINT @ CHECK (@ > 0), other text);"
        'CREATE INDEX "of_@" ON @.@ (@); CREATE TABLE @.kept (@ integer); CREATE INDEX "alone_@" ON @.kept (@)'
    )
    target.execute(sql.replace('"of_@"', "of_it").replace('"alone_@"', "alone").replace("@", quoted))
    made = snapshot(target.database)
    lock = LockFile(baseline=LockedBaseline(checksum="c", schema=made), server=18)
    lock = read(render(lock), ())
    assert drift_of(target, lock) == Drift()
    target.execute("DROP TABLE @.@; DROP INDEX @.alone; ALTER TABLE @.kept DROP @".replace("@", quoted))
    column = ObjectName(ObjectKind.COLUMN, (name, "kept", name))
    missing = drift_of(target, lock)
    assert {it.object for it in missing.of(DriftKind.MISSING)} == {
        column,
        ObjectName(ObjectKind.TABLE, (name, name)),
        ObjectName(ObjectKind.INDEX, (name, "alone")),
    }
    target.execute("CREATE TABLE @.@ (@ integer); CREATE INDEX ON @.@ (@)".replace("@", quoted))
    extra = drift_of(target, replace(lock, baseline=LockedBaseline(checksum="c", schema=empty)))
    assert {it.object for it in extra.of(DriftKind.EXTRA)} == {
        ObjectName(ObjectKind.TABLE, ("public", "victim")),
        ObjectName(ObjectKind.SCHEMA, (name,)),
        ObjectName(ObjectKind.TABLE, (name, name)),
        ObjectName(ObjectKind.TABLE, (name, "kept")),
    }
    assert all(str(it).isprintable() for it in (*missing.differences, *extra.differences))
    document = json.loads(json.dumps(missing.to_json()))
    assert column in {ObjectName.from_json(it["object"]) for it in document["differences"]}
