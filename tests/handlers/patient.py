"""A database for the doctor to examine, and what may be asserted of what it finds."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import pg8000.native

from rdspatch.adapters.clock import SystemClock
from rdspatch.adapters.credentials import GivenCredentials
from rdspatch.adapters.postgres import PostgresDatabase
from rdspatch.core.database_url import parse_database_url
from rdspatch.core.doctor.finding import Finding, State
from rdspatch.engine.doctor import examine
from rdspatch.handlers.doctor_looks import database_looks
from tests.samples import RUN

if TYPE_CHECKING:
    from rdspatch.authoring.postgres_server import EmbeddedPostgres
    from rdspatch.ports import Clock

PASSWORD = "CANARY-8d1c"
MINUTE = timedelta(minutes=1)
OF_THE_TESTS = {"autovacuum", "version"}
"""What may be wrong with the tests' own servers: what they leave out for speed, and how old they are by now."""


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


def not_ok(found: dict[str, Finding]) -> set[str]:
    return {name for name, one in found.items() if one.state is not State.OK} - OF_THE_TESTS


def assert_only(found: dict[str, Finding], check: str, state: State, words: str) -> None:
    """One check found something, and says what is wrong and what to change."""
    wrong = {name for name, one in found.items() if one.state in (State.WARNING, State.PROBLEM)}
    assert wrong - OF_THE_TESTS == {check}
    assert found[check].state is state
    assert words in f"{found[check].what}; {found[check].instead}"
