from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING

import pytest

from rdspatch.authoring.lock import lock
from rdspatch.authoring.parser import parse_statements
from rdspatch.authoring.proof.connection import Refused
from rdspatch.authoring.proof.generated import generate_rows
from rdspatch.authoring.proof.hazards import hazards_of
from rdspatch.authoring.proof.observation import rank
from rdspatch.authoring.proof.state import read_state
from rdspatch.authoring.proof.trace import trace
from tests.authoring.patch_factory import HEADER, NO_TRANSACTION, patch_of
from tests.authoring.proof.conftest import start
from tests.authoring.proof.forms import FORMS, GIVEN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rdspatch.authoring.proof.connection import Connection
    from rdspatch.authoring.proof.scratch import ScratchDatabase, ScratchServer


@pytest.fixture(scope="module")
def tables(scratch: ScratchServer) -> Iterator[ScratchDatabase]:
    with scratch.database() as database:
        start(database, GIVEN)
        with database.connect() as connection:
            assert generate_rows(connection) == ()
        yield database


def test_there_are_enough_forms() -> None:
    assert len(FORMS) >= 31


@pytest.mark.parametrize("name", FORMS)
def test_a_form_takes_reads_and_risks_what_is_known_of_it(
    scratch: ScratchServer, tables: ScratchDatabase, name: str
) -> None:
    form = FORMS[name]
    (locked,) = lock([patch_of((NO_TRANSACTION if form.apart else HEADER) + form.sql + "\n")])
    parsed = parse_statements(locked.patch.sql)
    with contextlib.ExitStack() as stack:
        database = stack.enter_context(scratch.database(tables)) if form.apart else tables
        connection = stack.enter_context(database.connect())
        first = read_state(connection)
        seen = trace(connection, database, locked, parsed)
    hazards = hazards_of(parsed, seen, first=first, search_path=("public",))
    locks: dict[str, str] = {}
    for observation in seen:
        locks.update(observation.trace.locks)
    assert bare(locks) == form.locks
    assert bare(table for observation in seen for table in observation.trace.rewrites) == list(form.rewrites)
    assert bare(table for observation in seen for table in observation.trace.scans) == list(form.scans)
    assert [str(hazard).replace("public.", "") for hazard in hazards] == list(form.hazards)


def bare(names: object) -> object:
    if isinstance(names, dict):
        return {name.removeprefix("public."): mode for name, mode in names.items()}
    return [name.removeprefix("public.") for name in names]  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", [name for name, form in FORMS.items() if form.apart])
def test_a_second_connection_sees_the_locks_that_are_documented(
    scratch: ScratchServer, tables: ScratchDatabase, name: str
) -> None:
    """What runs outside of a transaction is held up at every stage, and its locks are read meanwhile."""
    form = FORMS[name]
    seen: dict[str, str] = {}
    with scratch.database(tables) as database, database.connect() as watcher:
        for relation in (relation for relation in form.locks if not relation.endswith("_pkey")):
            for obstacle in ("LOCK TABLE {} IN SHARE MODE", "LOCK TABLE {} IN ROW EXCLUSIVE MODE", "SELECT FROM {}"):
                if seen != form.locks:
                    merge(seen, held_up(database, watcher, form.sql, obstacle.format(relation)))
    assert seen == form.locks


def merge(seen: dict[str, str], more: dict[str, str]) -> None:
    for name, mode in more.items():
        if name not in seen or rank(mode) > rank(seen[name]):
            seen[name] = mode


def held_up(database: ScratchDatabase, watcher: Connection, sql: str, obstacle: str) -> dict[str, str]:
    """The locks of a statement, granted or asked for, while somebody is in its way."""
    found: dict[str, str] = {}
    with database.connect() as holder, database.connect() as worker:
        pid = worker.execute("SELECT pg_backend_pid()")[0][0]
        worker.execute("SET statement_timeout = '400ms'")
        holder.execute(f"BEGIN; {obstacle}")
        thread = threading.Thread(target=lambda: quietly(worker, sql))
        thread.start()
        while thread.is_alive():
            merge(found, locks_of(watcher, pid))
            time.sleep(0.005)
        thread.join()
    return found


def quietly(connection: Connection, sql: str) -> None:
    with contextlib.suppress(Refused):
        connection.execute(sql)


def locks_of(connection: Connection, pid: int) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, kind, mode in connection.execute(
        "SELECT c.relname, c.relkind, l.mode FROM pg_locks l JOIN pg_class c ON c.oid = l.relation "
        f"WHERE l.pid = {pid} AND l.locktype = 'relation' AND c.relnamespace = 'public'::regnamespace"
    ):
        if kind != "i" or mode == "AccessExclusiveLock":
            merge(found, {name: mode})
    return found
