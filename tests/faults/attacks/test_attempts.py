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

from rdspatch.authoring.postgres_releases import MAJORS, throwaway_postgres
from tests.cli.conftest import shell
from tests.faults.attacks.attempts import APPLIED, ATTEMPTS, Attempt
from tests.faults.attacks.estate import APPLICATION, OWNER, PATCHER, Estate, make_roles

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rdspatch.authoring.postgres_server import EmbeddedPostgres
    from tests.cli.conftest import Printed, Shell

__all__ = ["shell"]
pytestmark = pytest.mark.slow

FIRST = "CREATE TABLE IF NOT EXISTS first (id int PRIMARY KEY);"
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


@pytest.mark.experiment("F62")
@pytest.mark.parametrize("attempt", ATTEMPTS.values(), ids=ATTEMPTS)
def test_no_code_of_a_stranger_runs_and_running_again_is_the_recovery(
    estate: Estate, attempt: Attempt, shell: Shell
) -> None:
    if attempt.early:
        estate.run(attempt.early, role=APPLICATION)
    estate.make_roles()
    shell.patches.patch("0001_first", FIRST)
    shell.patches.lock()
    since = len(estate.server.log)
    assert apply(shell, estate).code == 0, "the ledger is there before the attack"
    estate.make_roles()
    shell.patches.patch("0002_second", SECOND, "lock-timeout: 50ms", "verify: SELECT count(*) = 2 FROM users")
    shell.patches.lock()
    for statement in attempt.late:
        text = statement.replace("{database}", estate.database)
        with pytest.raises(DatabaseError) if attempt.fails else contextlib.nullcontext():
            estate.run(text, role=attempt.role)
    with closing(estate.connect(attempt.role)) as holding:
        if attempt.holds:
            holding.run(attempt.holds)
        printed = apply(shell, estate)
        assert (printed.code in attempt.ends, "Traceback" in printed.err) == (True, False), printed
        assert estate.caught(since) == []
    if attempt.undone:
        estate.run(attempt.undone)
    again = apply(shell, estate)
    assert (again.code, estate.caught(since)) == (APPLIED, []), again
    assert estate.run("SELECT id, name FROM users ORDER BY id") == ROWS
    assert estate.run("SELECT patch_id FROM rdspatch.ledger ORDER BY 1") == [["0001_first"], ["0002_second"]]
    assert estate.run(f"SELECT count(*) FROM pg_class WHERE relname = 'jobs' AND relowner = '{OWNER}'::regrole") == [
        [1]
    ]


def apply(shell: Shell, estate: Estate) -> Printed:
    return shell.on_patches("apply", "--database", estate.url, "--run-lock-wait", "0")


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
