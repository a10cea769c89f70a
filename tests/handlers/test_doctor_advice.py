"""What the doctor advises in SQL works to the letter, for logins that inherit and for those that do not."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from rdspatch.core.doctor.finding import State
from tests.handlers.patient import PASSWORD, Patient
from tests.samples import RUN
from tests.servers import embedded_and, server_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rdspatch.authoring.postgres_server import EmbeddedPostgres

_numbers = itertools.count(1)
SPOILT = {
    "schemas": ("REVOKE CREATE ON SCHEMA public FROM {owner}", "schemas"),
    "a membership": ("REVOKE {owner} FROM {login}", "owner role"),
    "other sessions": ("REVOKE pg_read_all_stats FROM {login}", "sessions"),
    "row security": ("ALTER TABLE rdspatch.ledger ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY", "ledger"),
}


@pytest.fixture(scope="module", params=embedded_and(14, 16))
def server(request: pytest.FixtureRequest, postgres_server: EmbeddedPostgres) -> Iterator[EmbeddedPostgres]:
    with server_of(request.param, postgres_server) as started:
        yield started


@pytest.fixture(params=["INHERIT", "NOINHERIT"])
def advised(request: pytest.FixtureRequest, server: EmbeddedPostgres) -> Iterator[Patient]:
    """A database that is patched as an owner role."""
    number = next(_numbers)
    made = Patient(server=server, name=f"advised_{number}", login=f"Login {number}", owner=f"advised_owner_{number}")
    server.create_database(made.name)
    made.spoil(
        f"CREATE ROLE {made.owner} NOLOGIN",
        f"CREATE ROLE \"{made.login}\" LOGIN {request.param} PASSWORD '{PASSWORD}'",
        f'GRANT {made.owner} TO "{made.login}"',
        f"GRANT CREATE ON DATABASE {made.name} TO {made.owner}",
        f"GRANT USAGE, CREATE ON SCHEMA public TO {made.owner}",
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
    )
    if request.param == "INHERIT" or has_options(server):
        with_inherit = " WITH INHERIT TRUE" if has_options(server) else ""
        made.spoil(f'GRANT pg_read_all_stats TO "{made.login}"{with_inherit}')
    with_ledger(made)
    yield made
    server.drop_database(made.name)
    with server.connect() as admin:
        admin.run(f'DROP ROLE {made.owner}, "{made.login}"')


def has_options(server: EmbeddedPostgres) -> bool:
    """Whether a grant of a role says for itself whether its privileges are inherited: since PostgreSQL 16."""
    with server.connect() as connection:
        [[is_new]] = connection.run("SELECT current_setting('server_version_num')::integer >= 160000")
    return bool(is_new)


def with_ledger(patient: Patient) -> None:
    session = patient.database(patient.url(owner=patient.owner)).connect(RUN)
    try:
        session.try_run_lock()
        session.create_ledger()
    finally:
        session.close()


@pytest.mark.parametrize(("spoil", "check"), SPOILT.values(), ids=SPOILT)
def test_following_it_mends_what_it_is_about(advised: Patient, spoil: str, check: str) -> None:
    url = advised.url(owner=advised.owner)
    advised.spoil(spoil.format_map({"owner": advised.owner, "login": f'"{advised.login}"'}))
    found = advised.examined(url)[check]
    assert found.state is not State.OK
    if found.instead.startswith("nothing: "):
        assert not has_options(advised.server)
        return
    advised.spoil(*found.instead.split("; "))
    assert advised.examined(url)[check].state is State.OK
