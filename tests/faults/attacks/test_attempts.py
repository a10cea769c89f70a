"""Attacks of other logins on a database with the roles of `docs/roles.sql`, on every version of PostgreSQL.

Whatever they do: I10, no code of theirs runs as whoever patches; a run applies its patches or is refused in words; and
when it is over, running again applies each patch once.
"""

from __future__ import annotations

import contextlib
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from pg8000.exceptions import DatabaseError

from rdspatch.adapters.patch_files import read_patch_files, write_lock_file
from rdspatch.authoring.lock import lock
from rdspatch.authoring.postgres_releases import MAJORS, throwaway_postgres
from rdspatch.authoring.proof import ScratchServer, prove
from rdspatch.core.directory import parse_directory
from rdspatch.core.lockfile import render
from tests.cli.conftest import shell
from tests.faults.attacks.attempts import ATTEMPTS, Attempt
from tests.faults.attacks.beforehand import BEFOREHAND
from tests.faults.attacks.estate import APPLICATION, BOOTSTRAP, OWNER, PATCHER, Estate, make_roles

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rdspatch.authoring.postgres_server import EmbeddedPostgres
    from tests.cli.conftest import Printed, Shell

__all__ = ["shell"]
pytestmark = pytest.mark.slow

BASELINE = "CREATE TABLE users (id int PRIMARY KEY, email varchar(99), name text);"
FIRST = "-- patch: first.\nCREATE TABLE IF NOT EXISTS first (id int PRIMARY KEY);"
SECOND = """
UPDATE users SET name = split_part(email, '@', 1) WHERE name IS NULL AND email <> '' AND email = email;
INSERT INTO first SELECT count(id) FROM users ON CONFLICT DO NOTHING;
CREATE TABLE IF NOT EXISTS jobs (id bigserial PRIMARY KEY, user_id int REFERENCES users);
"""
ROWS = [[1, "ada"], [2, "bob"]]


@pytest.fixture(scope="module", params=MAJORS)
def server(request: pytest.FixtureRequest) -> Iterator[EmbeddedPostgres]:
    with throwaway_postgres(request.param) as started:
        make_roles(started)
        yield started


@pytest.fixture
def estate(server: EmbeddedPostgres) -> Iterator[Estate]:
    made = Estate.on(server)
    yield made
    server.drop_database(made.database)


@pytest.fixture(scope="module")
def proven(postgres_server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The first patch, and both: as the owner proves them before anybody attacks."""
    header = "-- patch: {}.\n-- lock-timeout: 50ms\n-- verify: SELECT count(*) = 2 FROM users\n"
    directories = []
    for patches in ({"0001_first": FIRST}, {"0001_first": FIRST, "0002_second": header.format("second") + SECOND}):
        directory = tmp_path_factory.mktemp("patches")
        (directory / "baseline.sql").write_text(BASELINE, "utf-8")
        for name, sql in patches.items():
            (directory / f"{name}.sql").write_text(sql, "utf-8")
        found = parse_directory(read_patch_files(directory))
        with closing(ScratchServer(postgres_server.url("postgres"))) as scratch:
            write_lock_file(directory, render(prove(found.baseline, lock(found.patches), scratch).lock))
        directories.append(directory)
    return directories[0], directories[1]


@pytest.mark.experiment("F62")
@pytest.mark.parametrize("attempt", [*ATTEMPTS.values(), *BEFOREHAND.values()], ids=[*ATTEMPTS, *BEFOREHAND])
def test_no_code_of_a_stranger_runs_and_running_again_is_the_recovery(
    estate: Estate, attempt: Attempt, shell: Shell, proven: tuple[Path, Path]
) -> None:
    since = len(estate.server.log)
    for statements, role in (
        (attempt.granted, BOOTSTRAP),
        (attempt.early, APPLICATION),
        (attempt.given_back, BOOTSTRAP),
    ):
        if statements:
            estate.run(statements.replace("{database}", estate.database), role=role)
    estate.make_roles()
    before, after = proven
    first = apply(shell, estate, before)
    assert how(first) == attempt.first
    if not attempt.first:
        estate.make_roles()
    for statement in attempt.late:
        text = statement.replace("{database}", estate.database)
        with pytest.raises(DatabaseError) if attempt.fails else contextlib.nullcontext():
            estate.run(text, role=attempt.role)
    with closing(estate.connect(attempt.role)) as holding:
        if attempt.holds:
            holding.run(attempt.holds)
        printed = apply(shell, estate, after)
        assert how(printed) == attempt.ends
        assert estate.caught(since) == []
    if attempt.undone:
        estate.run(attempt.undone.replace("{database}", estate.database))
    again = apply(shell, estate, after)
    assert (how(again), estate.caught(since)) == ("", []), again
    assert estate.run("SELECT id, name FROM users ORDER BY id") == ROWS
    assert estate.run("SELECT patch_id FROM rdspatch.ledger ORDER BY 1") == [["0001_first"], ["0002_second"]]
    assert estate.run(f"SELECT count(*) FROM pg_class WHERE relname = 'jobs' AND relowner = '{OWNER}'::regrole") == [
        [1]
    ]


def apply(shell: Shell, estate: Estate, patches: Path) -> Printed:
    return shell.type("apply", "--patches", str(patches), "--database", estate.url, "--run-lock-wait", "0")


def how(printed: Printed) -> str:
    """The name of the error that a command ended with, nothing where it did what it was asked to."""
    named = [line.partition(":")[0] for line in printed.err.splitlines() if not line.startswith("note:")]
    assert ("Traceback" in printed.err, printed.code == 0) == (False, not named), printed
    return named[0] if named else ""


@pytest.mark.experiment("F62")
@pytest.mark.parametrize("role", [APPLICATION, "rdspatch_reader"])
def test_nobody_else_sees_or_ends_what_the_patcher_does(estate: Estate, role: str) -> None:
    estate.make_roles()
    with closing(estate.connect(PATCHER)) as working, closing(estate.connect(role)) as other:
        working.run("SELECT 'CANARY-of-a-patch'")
        pid = working.run("SELECT pg_backend_pid()")[0][0]
        seen = other.run(f"SELECT query FROM pg_stat_activity WHERE pid = {pid}")
        assert seen == [["<insufficient privilege>"]]
        for function in ("pg_cancel_backend", "pg_terminate_backend"):
            with pytest.raises(DatabaseError, match="42501"):
                other.run(f"SELECT {function}({pid})")
        assert working.run("SELECT 1") == [[1]]


def test_a_trap_tells_when_it_is_sprung(estate: Estate) -> None:
    """The traps of the other tests are worth something: they catch the owner where nobody keeps it from them."""
    estate.run(ATTEMPTS["a better match of a function, made before"].early, role=APPLICATION)
    estate.make_roles()
    since = len(estate.server.log)
    estate.run(f"SET ROLE {OWNER}; UPDATE users SET name = split_part(email, '@', 1)")
    assert estate.caught(since) != []
