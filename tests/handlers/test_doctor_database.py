"""The doctor's looks at a real PostgreSQL: each thing that may be wrong is made wrong, and is named."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from rdspatch.adapters.clock import SystemClock
from rdspatch.authoring.postgres_server import EmbeddedPostgres
from rdspatch.core.doctor.finding import State
from tests.handlers.patient import Patient, assert_only, not_ok
from tests.samples import RUN

OLDER = Path("/usr/lib/postgresql/15/bin")


class LateClock(SystemClock):
    """A machine whose clock is an hour behind."""

    def now(self) -> datetime:
        return datetime.now(UTC) - timedelta(hours=1)


def test_a_database_in_order_is_ok_in_every_check(patient: Patient) -> None:
    found = patient.examined()
    assert not_ok(found) == set()
    assert list(found) == [
        "tcp",
        "tls",
        "login",
        "version",
        "writable",
        "settings",
        "connections",
        "transaction ids",
        "autovacuum",
        "sessions",
        "database clock",
        "role",
        "owner role",
        "schemas",
        "tables",
        "creators",
        "shadowed names",
        "ledger",
        "run lock",
    ]
    assert found["ledger"].what == "there is none yet; the first run creates it"


def test_the_examination_leaves_the_database_as_it_is(patient: Patient) -> None:
    patient.examined()
    with closing(patient.database(patient.url()).connect(RUN)) as session:
        assert not session.read_ledger().exists
        assert session.try_run_lock() is None


SPOILT = {
    "read-only": (
        ["ALTER DATABASE {name} SET default_transaction_read_only = on"],
        ("writable", State.PROBLEM, "default_transaction_read_only of the database"),
    ),
    "a limit on transactions": (
        ["ALTER ROLE {login} SET transaction_timeout = '1min'"],
        ("settings", State.WARNING, "transaction_timeout is 1min"),
    ),
    "a role that every session takes on": (
        ["ALTER ROLE {login} SET role = {owner}"],
        ("settings", State.WARNING, "role of the role"),
    ),
    "a login that sees nobody": (
        ["REVOKE pg_read_all_stats FROM {login}"],
        ("sessions", State.WARNING, "GRANT pg_read_all_stats"),
    ),
    "a superuser": (["ALTER ROLE {login} SUPERUSER"], ("role", State.WARNING, "is a superuser")),
    "a password that ends": (
        ["ALTER ROLE {login} VALID UNTIL 'tomorrow'"],
        ("role", State.WARNING, "stops working on"),
    ),
    "a schema where nothing may be created": (
        ["REVOKE CREATE ON SCHEMA public FROM {login}, {owner}"],
        ("schemas", State.PROBLEM, "GRANT USAGE, CREATE ON SCHEMA public TO {login}"),
    ),
    "tables of somebody else": (
        ["CREATE TABLE one (id int)", "CREATE VIEW two AS SELECT 1"],
        (
            "tables",
            State.PROBLEM,
            "2 relations of others: public.one (postgres), public.two (postgres); ALTER … OWNER TO",
        ),
    ),
    "no ledger and no right to create it": (
        ["REVOKE CREATE ON DATABASE {name} FROM {login}, {owner}"],
        ("ledger", State.PROBLEM, "GRANT CREATE ON DATABASE"),
    ),
    "half a ledger": (["CREATE SCHEMA rdspatch"], ("ledger", State.PROBLEM, "rdspatch.ledger is missing")),
}


@pytest.mark.parametrize(("statements", "expected"), SPOILT.values(), ids=SPOILT)
def test_what_was_made_wrong_is_named_and_nothing_else(
    patient: Patient, statements: list[str], expected: tuple[str, State, str]
) -> None:
    names: dict[str, Any] = {"name": patient.name, "login": patient.login, "owner": patient.owner}
    patient.spoil(*(statement.format_map(names) for statement in statements))
    check, state, words = expected
    assert_only(patient.examined(), check, state, words.format_map(names))


def test_a_run_that_is_active_is_named_and_not_disturbed(patient: Patient) -> None:
    with closing(patient.database(patient.url()).connect(replace(RUN, id="other"))) as session:
        assert session.try_run_lock() is None
        assert_only(patient.examined(), "run lock", State.WARNING, "rdspatch:other")


def test_a_session_that_does_nothing_in_its_transaction_is_named(
    patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rdspatch.adapters.postgres.examination.IDLE_SECONDS", 0)
    with patient.server.connect(patient.name) as connection:
        connection.run("SET application_name = 'report'")
        connection.run("BEGIN")
        connection.run("SELECT 1")
        assert_only(patient.examined(), "sessions", State.WARNING, "('report') for ")


@pytest.mark.skipif(not OLDER.is_dir(), reason="no older PostgreSQL on this machine")
def test_an_older_server_is_asked_the_same() -> None:
    with EmbeddedPostgres(binaries=OLDER) as server:
        old = Patient(server=server, name="postgres", login="postgres", owner="")
        found = old.examined(server.url("postgres"))
    assert not_ok(found) == {"role"}


def test_a_clock_that_is_off_is_told_from_the_databases(patient: Patient) -> None:
    found = patient.examined(clock=LateClock())
    assert_only(found, "database clock", State.PROBLEM, "the database's clock is 3600 s ahead of ours")


def test_a_standby_is_named() -> None:
    with EmbeddedPostgres({"wal_level": "replica"}) as server:
        server.stop()
        (server.socket_directory / "data" / "standby.signal").touch()
        server.start()
        standby = Patient(server=server, name="postgres", login="postgres", owner="")
        found = standby.examined(server.url("postgres"))
    assert found["writable"].state is State.PROBLEM
    assert "read-only standby" in found["writable"].what
    assert found["ledger"].state is State.OK
