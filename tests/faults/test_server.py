"""A server that stops inside a patch, has no memory for locks, or is only a standby."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from rdspatch.authoring.postgres_server import EmbeddedPostgres
from rdspatch.core.errors import AccessDenied, ConnectionLost, DatabaseUnreachable, PatchFailed, UnsupportedServer
from tests.faults.conftest import NAME, place_on
from tests.faults.scenario import STATEMENTS, Scenario, slow_statement
from tests.trap import trapped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.faults.conftest import Place
    from tests.faults.world import World

TABLES = 3_000
"""More than the server below has room for the locks of."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A server of its own, that may be stopped and has little memory for locks."""
    settings = {"synchronous_commit": "on"}  # what it says is committed has to outlive it
    settings |= {
        "max_locks_per_transaction": "10",
        "max_connections": "20",
        "wal_level": "replica",
        "hot_standby": "on",
    }
    with EmbeddedPostgres(settings) as server:
        yield place_on(trapped(server), tmp_path_factory)


@pytest.mark.faults_only
@pytest.mark.experiment("F10")
@pytest.mark.parametrize("scenario", [slow_statement(kind) for kind in STATEMENTS], ids=STATEMENTS)
def test_a_server_that_stops_at_once_is_a_lost_connection_and_clean_after_its_recovery(
    world: World, expected: dict[str, Any], seen: Callable[[str, float], None]
) -> None:
    server = world.function.server

    def stop() -> None:
        world.wait_until_slow()
        server.stop()

    thread = threading.Thread(target=stop)
    thread.start()
    error = world.run()
    thread.join()
    assert isinstance(error, (ConnectionLost, DatabaseUnreachable)), error
    since = time.monotonic()
    server.start()
    seen("server back after, s", time.monotonic() - since)
    world.settle(expected)


MANY_TABLES = Scenario(
    name="locks",
    baseline="CREATE TABLE few AS SELECT 1 AS n",
    effects={
        "0001_before": "CREATE TABLE before (id int);",
        "0002_many": (
            f"DO $$BEGIN FOR n IN 1..CASE WHEN EXISTS (SELECT FROM few) THEN {TABLES} ELSE 1 END LOOP "
            "EXECUTE 'CREATE TABLE many_' || n || ' (id int)'; END LOOP; END$$;"
        ),
    },
    afterwards="DELETE FROM few",
)


@pytest.mark.faults_only
@pytest.mark.experiment("F53")
@pytest.mark.parametrize("scenario", [MANY_TABLES], ids=["53200"])
def test_a_server_without_room_for_locks_fails_the_patch_and_records_nothing(
    world: World, expected: dict[str, Any]
) -> None:
    error = world.run()
    assert isinstance(error, PatchFailed)
    assert (error.sqlstate, "out of shared memory" in str(error)) == ("53200", True)
    assert world.function.query("SELECT patch_id FROM rdspatch.ledger") == [["0001_before"]]
    world.settle(expected)


@pytest.mark.experiment("F53")
def test_a_database_that_is_not_there_is_named_and_nothing_is_recorded(world: World, expected: dict[str, Any]) -> None:
    world.function.setenv(DATABASE_NAME="nowhere")
    error = world.run()
    assert isinstance(error, AccessDenied)
    assert "3D000" in str(error)
    assert world.function.table.everything() == ()
    world.function.setenv(DATABASE_NAME=NAME)
    world.settle(expected)


@pytest.mark.faults_only
@pytest.mark.experiment("F53")
def test_a_standby_is_refused_before_anything_is_recorded(world: World, expected: dict[str, Any]) -> None:
    server = world.function.server
    signal = server.socket_directory / "data" / "standby.signal"
    with server.connect() as connection:
        connection.run("CHECKPOINT")
    server.stop()
    signal.touch()
    try:
        server.start()
        error = world.run()
    finally:
        server.stop()
        signal.unlink()
        server.start()
    assert isinstance(error, UnsupportedServer), error
    assert "standby" in str(error)
    assert world.function.table.everything() == ()
    world.settle(expected)
