"""The doctor's looks at a real PostgreSQL: each thing that may be wrong is made wrong, and is named."""

from __future__ import annotations

import socket
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pg8000.native
import pytest

from rdspatch.adapters.clock import SystemClock
from rdspatch.adapters.credentials import GivenCredentials
from rdspatch.adapters.postgres import PostgresDatabase
from rdspatch.authoring.postgres_server import EmbeddedPostgres
from rdspatch.core.database_url import parse_database_url
from rdspatch.core.doctor.finding import Finding, State
from rdspatch.core.doctor.ledger import COLUMNS
from rdspatch.engine.doctor import examine
from rdspatch.handlers.doctor_looks import database_looks
from tests.samples import RUN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rdspatch.ports import Clock

PASSWORD = "CANARY-8d1c"
OLDER = Path("/usr/lib/postgresql/15/bin")
MINUTE = timedelta(minutes=1)
OF_THE_TESTS = {"autovacuum", "version"}
"""What may be wrong with the tests' own servers: what they leave out for speed, and how old they are by now."""


class LateClock(SystemClock):
    """A machine whose clock is an hour behind."""

    def now(self) -> datetime:
        return datetime.now(UTC) - timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """A database with a login of its own, the superuser who spoils it, and what the doctor says."""

    server: EmbeddedPostgres
    name: str
    login: str
    owner: str

    def spoil(self, *statements: str) -> None:
        path = f"{self.server.socket_directory}/.s.PGSQL.{self.server.port}"
        with closing(pg8000.native.Connection("postgres", unix_sock=path, database=self.name)) as connection:
            for statement in ("SET default_transaction_read_only = off", *statements):
                connection.run(statement)

    def create_ledger(self) -> None:
        with closing(self.database(self.url()).connect(RUN)) as session:
            session.try_run_lock()
            session.create_ledger()

    def url(self, password: str = PASSWORD, *, owner: str | None = None) -> str:
        suffix = f"&owner_role={owner}" if owner else ""
        return self.server.url(self.name, self.login, password) + suffix

    def database(self, url: str) -> PostgresDatabase:
        parsed = parse_database_url(url)
        return PostgresDatabase(parsed.settings, GivenCredentials(parsed.user, parsed.password))

    def examined(self, url: str | None = None, *, clock: Clock | None = None) -> dict[str, Finding]:
        url, clock = url or self.url(), clock or SystemClock()
        settings = parse_database_url(url).settings
        looks = database_looks(settings, self.database(url), clock=clock, run=RUN)
        found = examine(looks, clock=clock, time=MINUTE)
        assert PASSWORD not in repr(found)
        return {finding.check: finding for finding in found}


@pytest.fixture
def patient(postgres_server: EmbeddedPostgres, database_name: str) -> Iterator[Patient]:
    login, owner = f"login_{database_name}", f"owner_{database_name}"
    made = Patient(server=postgres_server, name=database_name, login=login, owner=owner)
    made.spoil(
        f"CREATE ROLE {owner} NOLOGIN",
        f"CREATE ROLE {login} LOGIN PASSWORD '{PASSWORD}'",
        f"GRANT {owner}, pg_read_all_stats TO {login}",
        f"GRANT CREATE ON DATABASE {database_name} TO {login}, {owner}",
        f"GRANT USAGE, CREATE ON SCHEMA public TO {login}, {owner}",
    )
    yield made
    made.spoil(f"DROP OWNED BY {login}, {owner} CASCADE", f"DROP ROLE {login}, {owner}")


def not_ok(found: dict[str, Finding]) -> set[str]:
    return {name for name, one in found.items() if one.state is not State.OK} - OF_THE_TESTS


def assert_only(found: dict[str, Finding], check: str, state: State, words: str) -> None:
    """One check found something, and says what is wrong and what to change."""
    wrong = {name for name, one in found.items() if one.state in (State.WARNING, State.PROBLEM)}
    assert wrong - OF_THE_TESTS == {check}
    assert found[check].state is state
    assert words in f"{found[check].what}; {found[check].instead}"


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
        "ledger",
        "run lock",
    ]
    assert found["ledger"].what == "there is none yet; the first run creates it"


def test_the_examination_leaves_the_database_as_it_is(patient: Patient) -> None:
    patient.examined()
    with closing(patient.database(patient.url()).connect(RUN)) as session:
        assert not session.read_ledger().exists
        assert session.try_run_lock() is None


def test_the_ledger_that_apply_makes_is_the_one_that_the_doctor_expects(patient: Patient) -> None:
    patient.create_ledger()
    assert patient.examined()["ledger"].what == "it is there, complete and writable"
    rows = (
        "SELECT attrelid::regclass::text, count(*) FROM pg_attribute WHERE attnum > 0 AND attrelid IN (%s) GROUP BY 1"
    )
    with closing(patient.database(patient.url()).connect(RUN)) as session:
        tables = ", ".join(f"'rdspatch.{name}'::regclass" for name in COLUMNS)
        found = dict(session.ask_as_login(rows % tables))
    assert found == {f"rdspatch.{name}": len(columns) for name, columns in COLUMNS.items()}


def test_a_wrong_password_is_a_problem_of_the_login(patient: Patient) -> None:
    found = patient.examined(patient.url("CANARY-wrong"))
    assert_only(found, "login", State.PROBLEM, "28P01")
    assert "CANARY" not in repr(found)
    assert found["version"].what == "waits for login"


def test_a_database_that_is_not_there_is_a_problem_of_the_login(patient: Patient) -> None:
    found = patient.examined(patient.url().replace(f"/{patient.name}?", "/nothing?"))
    assert_only(found, "login", State.PROBLEM, "3D000")


def test_a_socket_that_is_not_there_is_named(patient: Patient) -> None:
    found = patient.examined("postgresql://u:CANARY@/x?host=/nowhere")
    assert_only(found, "tcp", State.PROBLEM, "/nowhere/.s.PGSQL.5432")


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
        ("tables", State.PROBLEM, "2 relations of others: public.one (postgres), public.two (postgres)"),
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


BROKEN_LEDGERS = {
    "no progress": ("DROP TABLE rdspatch.progress", "rdspatch.progress is missing"),
    "another type": (
        "ALTER TABLE rdspatch.ledger ALTER checksum TYPE varchar(64)",
        "checksum is character varying(64)",
    ),
    "no column": ("ALTER TABLE rdspatch.ledger DROP COLUMN audited", "audited is missing"),
    "a view": (
        "ALTER TABLE rdspatch.ledger RENAME TO l; CREATE VIEW rdspatch.ledger AS TABLE rdspatch.l",
        "is no table",
    ),
    "read only": ("REVOKE INSERT, UPDATE ON rdspatch.ledger FROM {login}", "lacks INSERT, UPDATE"),
    "not to be used": ("REVOKE USAGE ON SCHEMA rdspatch FROM {login}", "lacks USAGE on its schema"),
}


@pytest.mark.parametrize(("statement", "words"), BROKEN_LEDGERS.values(), ids=BROKEN_LEDGERS)
def test_a_broken_ledger_says_how(patient: Patient, statement: str, words: str) -> None:
    patient.create_ledger()
    owner = patient.login
    patient.spoil(
        f"ALTER SCHEMA rdspatch OWNER TO {patient.owner}",
        f"ALTER TABLE rdspatch.ledger OWNER TO {patient.owner}",
        f"REVOKE {patient.owner} FROM {patient.login}",
        f"GRANT USAGE ON SCHEMA rdspatch TO {patient.login}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA rdspatch TO {patient.login}",
    )
    patient.spoil(*statement.format_map({"login": owner}).split("; "))
    assert_only(patient.examined(), "ledger", State.PROBLEM, words)


def test_the_owner_role_is_what_counts_where_there_is_one(patient: Patient) -> None:
    patient.spoil("CREATE TABLE one (id int)", f"ALTER TABLE one OWNER TO {patient.owner}")
    found = patient.examined(patient.url(owner=patient.owner))
    assert not_ok(found) == set()
    assert found["owner role"].what == f"{patient.login} becomes {patient.owner}, which owns what patches create"


def test_an_owner_role_that_is_not_there_stops_only_what_is_about_it(patient: Patient) -> None:
    found = patient.examined(patient.url(owner="nobody"))
    assert_only(found, "owner role", State.PROBLEM, "CREATE ROLE nobody NOLOGIN")
    assert {name for name, one in found.items() if one.state is State.SKIPPED} == {"schemas", "tables", "ledger"}


def test_an_owner_role_that_the_login_is_no_member_of_is_named(patient: Patient) -> None:
    patient.spoil(f"REVOKE {patient.owner} FROM {patient.login}")
    found = patient.examined(patient.url(owner=patient.owner))
    assert_only(found, "owner role", State.PROBLEM, f"GRANT {patient.owner} TO {patient.login}")


def test_an_owner_role_that_may_not_be_taken_on_is_named(patient: Patient) -> None:
    patient.spoil(f"GRANT {patient.owner} TO {patient.login} WITH SET FALSE")
    found = patient.examined(patient.url(owner=patient.owner))
    assert found["owner role"].state is State.PROBLEM
    assert "cannot be used" in found["owner role"].what


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


@pytest.fixture
def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_a_closed_port_is_refused_and_what_needs_it_is_skipped(patient: Patient, closed_port: int) -> None:
    found = patient.examined(f"postgresql://u:{PASSWORD}@localhost:{closed_port}/x")
    assert_only(found, "tcp", State.PROBLEM, "nothing listens there")
    assert (found["tls"].what, found["login"].what) == ("waits for tcp", "waits for tcp")


def test_a_port_that_takes_connections_and_says_nothing_is_named_within_its_time(
    patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rdspatch.adapters.postgres.handshake.CONNECT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        found = patient.examined(f"postgresql://u:{PASSWORD}@localhost:{listener.getsockname()[1]}/x")
    assert_only(found, "tls", State.PROBLEM, "takes connections and says nothing")


def test_a_port_that_drops_packets_is_told_from_one_that_refuses(
    patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A listener whose queue is full answers nobody, as a security group does."""
    monkeypatch.setattr("rdspatch.adapters.reachability.CONNECT_SECONDS", 0.3)
    with socket.socket() as listener, socket.socket() as first, socket.socket() as second:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for filler in (first, second):
            filler.setblocking(False)
            with suppress(BlockingIOError):
                filler.connect(listener.getsockname())
        found = patient.examined(f"postgresql://u:{PASSWORD}@127.0.0.1:{listener.getsockname()[1]}/x")
    assert_only(found, "tcp", State.PROBLEM, "packets are dropped on the way")


def test_a_name_that_does_not_resolve_is_a_problem_of_dns(patient: Patient) -> None:
    found = patient.examined(f"postgresql://u:{PASSWORD}@db.invalid/x")
    assert_only(found, "dns", State.PROBLEM, "db.invalid does not resolve")


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


def test_a_proxy_and_a_reader_are_named_before_anything_is_sent_there(patient: Patient) -> None:
    host = "app.proxy-abc.eu-west-1.rds.amazonaws.invalid"
    found = patient.examined(f"postgresql://u:{PASSWORD}@{host}/x")
    assert found["endpoint"].state is State.OK  # only Amazon's own names are known
    found = patient.examined(f"postgresql://u:{PASSWORD}@{host.replace('invalid', 'com')}/x")
    assert found["endpoint"].state is State.PROBLEM
