"""Drift on real servers: whatever is changed behind the patches' back is found, and nothing else is."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from rdspatch.adapters.patch_files import read_patch_files
from rdspatch.authoring.lock import lock
from rdspatch.authoring.postgres_releases import MAJORS, postgres_binaries
from rdspatch.authoring.postgres_server import EmbeddedPostgres
from rdspatch.authoring.proof import ScratchServer, prove
from rdspatch.core.directory import parse_directory
from rdspatch.core.drift import DriftKind
from rdspatch.core.lockfile import LockFile, read, render
from rdspatch.core.schema import ObjectKind
from rdspatch.engine.drift import read_drift
from tests.acceptance import drift_cases, drift_cases_of_code, rare_cases
from tests.acceptance.schema_cases import BEFORE
from tests.patch_directory import PatchDirectory

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pg8000.native

    from rdspatch.ports import Session

CASES = drift_cases.CASES | drift_cases_of_code.CASES
EMPTY = """
CREATE EXTENSION IF NOT EXISTS plpgsql WITH SCHEMA pg_catalog;
DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_|^information_schema$|^rdspatch$' LOOP
        EXECUTE format('DROP SCHEMA %I CASCADE', name);
    END LOOP;
END $$;
CREATE SCHEMA public;
"""
AGAIN = ";".join((EMPTY, BEFORE, *drift_cases.PATCHES.values())).replace("CONCURRENTLY", "")


@dataclass
class Live:
    """A database that the patches were applied to, made anew before each change."""

    session: Session
    connection: pg8000.native.Connection
    lock: LockFile

    def after(self, sql: str) -> set[str]:
        """Change it; what drift finds then, without what is said of it."""
        self.connection.run(AGAIN)
        self.connection.run(sql)
        drift = read_drift(self.lock, self.session)
        assert (drift.unknown, drift.pending) == ((), ())
        assert all((it.kind is DriftKind.CHANGED) == all(d.property for d in it.details) for it in drift.differences)
        found = [f"{it.kind.value} {it.object}" for it in drift.differences]
        assert len(set(found)) == len(found)
        return set(found)


@contextlib.contextmanager
def scratch_server(server: EmbeddedPostgres) -> Iterator[ScratchServer]:
    with contextlib.closing(ScratchServer(server.url("postgres"))) as opened:
        yield opened


@pytest.fixture(scope="module")
def lock_file(postgres_server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> LockFile:
    """What the proof on PostgreSQL 18 writes, as a function reads it."""
    patches = PatchDirectory(tmp_path_factory.mktemp("patches"))
    patches.write("baseline.sql", BEFORE)
    for name, sql in drift_cases.PATCHES.items():
        patches.patch(name, f"{sql};", *(["transaction: none"] if "CONCURRENTLY" in sql else []))
    parsed = parse_directory(read_patch_files(patches.path))
    with scratch_server(postgres_server) as scratch:
        proven = prove(parsed.baseline, lock(parsed.patches), scratch).lock
    return read(render(proven), parsed.patches)


@contextlib.contextmanager
def live_on(server: EmbeddedPostgres, lock_file: LockFile) -> Iterator[Live]:
    with scratch_server(server) as scratch, scratch.database() as made, server.connect(made.name) as connection:
        connection.run(BEFORE)
        with made.as_given.runner() as runner:  # as the superuser who changes things by hand
            runner.read_or_create_ledger()
            for locked in lock_file.patches:
                runner.apply_one(locked, 0)
            yield Live(runner.session, connection, lock_file)


@pytest.fixture(scope="module")
def live(postgres_server: EmbeddedPostgres, lock_file: LockFile) -> Iterator[Live]:
    with live_on(postgres_server, lock_file) as made:
        yield made


@pytest.fixture(scope="module", params=MAJORS[:-1])
def older_live(request: pytest.FixtureRequest, lock_file: LockFile) -> Iterator[Live]:
    """The same on every older version."""
    with EmbeddedPostgres(binaries=postgres_binaries(request.param)) as server, live_on(server, lock_file) as made:
        yield made


@pytest.mark.parametrize("case", CASES)
def test_drift_finds_exactly_what_was_changed(live: Live, case: str) -> None:
    sql, *expected = CASES[case]
    assert live.after(sql) == set(expected)


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_drift_finds_the_same_on_an_older_server_than_the_proofs(older_live: Live, case: str) -> None:
    sql, *expected = CASES[case]
    assert older_live.after(sql) == set(expected)


def test_there_are_cases_of_every_kind_of_object() -> None:
    cases = (*CASES.values(), *rare_cases.CASES.values())
    named = {line.split(maxsplit=1)[1] for _, *expected in cases for line in expected}
    assert all(any(name.startswith(f"{kind.value} ") for name in named) for kind in ObjectKind)
