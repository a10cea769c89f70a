"""Drift sees what few schemas have: rare objects, foreign keys and triggers that are off, owners and privileges."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from rdspatch.adapters.postgres.message import OWN_PATH
from rdspatch.adapters.postgres.pinned import set_statements
from rdspatch.adapters.postgres.schema import read_schema, schema_query
from rdspatch.authoring.postgres_releases import MAJORS, postgres_binaries
from rdspatch.authoring.postgres_server import EmbeddedPostgres
from rdspatch.core.drift import drift_between
from rdspatch.core.privileges import Expectation
from rdspatch.core.scope import Scope
from rdspatch.core.session_settings import PINNED
from tests.acceptance.damaged import Damaged, patched, proven
from tests.acceptance.rare_cases import BASELINE, CASES, PATCHES, WITH_ALL

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pg8000.native

    from rdspatch.core.ledger import Ledger
    from rdspatch.core.lockfile import LockFile

ROLES = {"app": "rare_app", "other": '"rare Other"'}


def written(sql: str) -> str:
    for role, name in ROLES.items():
        sql = sql.replace(f"{{{role}}}", name)
    return sql


def make_roles(server: EmbeddedPostgres) -> None:
    with server.connect() as admin:
        for name in ROLES.values():
            admin.run(f"CREATE ROLE {name}")


@dataclass
class Live:
    """A database that the patches were applied to; what happens to it is rolled back."""

    connection: pg8000.native.Connection
    lock: LockFile
    ledger: Ledger

    def differences_after(self, sql: str, privileges: Expectation) -> list[str]:
        lock_file = replace(self.lock, scope=Scope(privileges=privileges))
        self.connection.run("BEGIN")
        try:
            self.connection.run(written(sql))
            settings = (OWN_PATH, *set_statements(PINNED, scope="LOCAL "))
            [[document]] = self.connection.run("; ".join((*settings, schema_query(()))))
        finally:
            self.connection.run("ROLLBACK")
        return [str(found) for found in drift_between(lock_file, self.ledger, read_schema(document)).differences]


@contextlib.contextmanager
def live_on(server: EmbeddedPostgres, lock_file: LockFile) -> Iterator[Live]:
    with patched(server, lock_file, written(BASELINE)) as name, server.connect(name) as connection:
        yield Live(connection, lock_file, Damaged(server.url(name), connection, lock_file).ledger())


@pytest.fixture(scope="module")
def lock_file(postgres_server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LockFile]:
    make_roles(postgres_server)
    patches = {name: written(sql) for name, sql in PATCHES.items()}
    # A language and a transform are what no superuser makes for a baseline.
    directory = tmp_path_factory.mktemp("patches")
    yield proven(postgres_server, directory, written(BASELINE), patches, owner_role="postgres")
    with postgres_server.connect() as admin:
        for name in ROLES.values():
            admin.run(f"DROP ROLE {name}")


@pytest.fixture(scope="module")
def live(postgres_server: EmbeddedPostgres, lock_file: LockFile) -> Iterator[Live]:
    with live_on(postgres_server, lock_file) as made:
        yield made


def agree(found: list[str], expected: list[str]) -> bool:
    """Each difference begins as expected, and there is no other."""
    pairs = zip(sorted(found), sorted(map(written, expected)), strict=False)
    return len(found) == len(expected) and all(one.startswith(other) for one, other in pairs)


@pytest.mark.parametrize("case", CASES)
def test_a_change_by_hand_is_seen_and_nothing_else(live: Live, case: str) -> None:
    sql, *expected = CASES[case]
    found = live.differences_after(sql, Expectation.PATCHES)
    assert agree(found, expected), found


@pytest.mark.parametrize("case", WITH_ALL)
def test_every_owner_and_grantee_counts_where_the_project_says_so(live: Live, case: str) -> None:
    sql, *expected = WITH_ALL[case]
    found = live.differences_after(sql, Expectation.ALL)
    assert agree(found, expected), found


@pytest.fixture(scope="module", params=MAJORS)
def live_elsewhere(request: pytest.FixtureRequest, lock_file: LockFile) -> Iterator[Live]:
    """On each supported version, while the proof ran on the newest."""
    with EmbeddedPostgres(binaries=postgres_binaries(request.param)) as server:
        make_roles(server)
        with live_on(server, lock_file) as made:
            yield made


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_it_is_seen_on_every_supported_server(live_elsewhere: Live, case: str) -> None:
    sql, *expected = CASES[case]
    found = live_elsewhere.differences_after(sql, Expectation.PATCHES)
    assert agree(found, expected), found
