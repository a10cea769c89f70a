"""A tablespace, or the disk of the write-ahead log, that is full in the middle of a patch."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from rdspatch.authoring.postgres_server import EmbeddedPostgres
from rdspatch.core.errors import ConnectionLost, DatabaseUnreachable, PatchFailed
from tests.faults.conftest import place_on
from tests.faults.scenario import Scenario
from tests.trap import trapped

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.faults.conftest import Place
    from tests.faults.world import World

SETTINGS = {"min_wal_size": "32MB", "max_wal_size": "32MB", "wal_keep_size": "1GB", "synchronous_commit": "on"}
"""Of its log, the server gives nothing back; and what it says is committed has to outlive it."""
TABLE = Scenario(
    name="disk",
    baseline="CREATE TABLE amount AS SELECT 400000 AS rows",
    effects={
        "0001_before": "CREATE TABLE before (id int);",
        "0002_fill": (
            "CREATE TABLE filled TABLESPACE small AS SELECT n FROM generate_series(1, (SELECT rows FROM amount)) AS n;"
        ),
        "0003_after": "CREATE TABLE after (id int);",
    },
    afterwards="UPDATE amount SET rows = 10",
)
INDEX = Scenario(
    name="index",
    baseline="CREATE TABLE numbers AS SELECT n FROM generate_series(1, 400000) AS n",
    effects={
        "0001_before": "CREATE TABLE before (id int);",
        "0002_index": "CREATE INDEX CONCURRENTLY numbers_n ON numbers (n) TABLESPACE small;",
        "0003_after": "CREATE TABLE after (id int);",
    },
    afterwards="DELETE FROM numbers WHERE n > 10",
)
LOG = Scenario(
    name="log",
    baseline="CREATE TABLE amount AS SELECT 2000000 AS rows; CREATE TABLE filled (n int, text text)",
    effects={
        "0001_before": "CREATE TABLE before (id int);",
        "0002_fill": (
            "INSERT INTO filled SELECT n, repeat('x', 100) FROM generate_series(1, (SELECT rows FROM amount)) AS n;"
        ),
        "0003_after": "CREATE TABLE after (id int);",
    },
    afterwards="UPDATE amount SET rows = 10",
)

pytestmark = [pytest.mark.faults_only, pytest.mark.experiment("F65")]


@contextlib.contextmanager
def small_disk(directory: Path, size: str, *, like: Path) -> Iterator[None]:
    """A disk of this size at a new directory, with the owner of another one."""
    directory.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(directory)]
    if os.getuid() != 0 or subprocess.run(mount, check=False).returncode:
        directory.rmdir()
        pytest.skip("only root can mount a small disk")
    owner = like.stat()
    os.chown(directory, owner.st_uid, owner.st_gid)
    directory.chmod(0o700)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", directory], check=True)
        directory.rmdir()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A server of its own, whose log may be put elsewhere."""
    with EmbeddedPostgres(SETTINGS) as server:
        yield place_on(trapped(server), tmp_path_factory)


@pytest.fixture
def tablespace(place: Place) -> Iterator[None]:
    """A tablespace `small` on a disk of 4 MB."""
    directory = place.server.socket_directory / "small"
    with small_disk(directory, "4m", like=directory.parent / "data"):
        with place.server.connect() as connection:
            connection.run(f"CREATE TABLESPACE small LOCATION '{directory}'")
        yield
        place.drop()
        with place.server.connect() as connection:
            connection.run("DROP TABLESPACE small")


@pytest.mark.usefixtures("tablespace")
@pytest.mark.parametrize("scenario", [TABLE, INDEX], ids=["a table", "an index outside of a transaction"])
def test_a_full_tablespace_fails_the_patch_and_records_nothing(world: World, expected: dict[str, Any]) -> None:
    error = world.run()
    assert isinstance(error, PatchFailed)
    assert (error.sqlstate, "could not extend file" in str(error)) == ("53100", True)
    assert world.function.query("SELECT patch_id FROM rdspatch.ledger") == [["0001_before"]]
    world.settle(expected)


@pytest.fixture
def log_disk(place: Place) -> Iterator[Path]:
    """The write-ahead log on a disk with room for little more than what is kept of it."""
    server = place.server
    log = server.socket_directory / "data" / "pg_wal"
    disk = server.socket_directory / "log"
    server.stop()
    with small_disk(disk, "192m", like=log):
        shutil.copytree(log, disk, dirs_exist_ok=True)
        for path in disk.rglob("*"):
            os.chown(path, log.stat().st_uid, log.stat().st_gid)
        kept = log.rename(log.with_name("pg_wal_kept"))
        log.symlink_to(disk)
        server.start()
        yield disk
        server.stop()
        log.unlink()
        shutil.copytree(disk, kept, dirs_exist_ok=True)
        for path in kept.rglob("*"):
            os.chown(path, kept.stat().st_uid, kept.stat().st_gid)
        kept.rename(log)
    server.start()


@pytest.mark.parametrize("scenario", [LOG], ids=["the log"])
def test_a_server_that_stops_for_want_of_room_for_its_log_is_a_lost_database(
    log_disk: Path, world: World, expected: dict[str, Any]
) -> None:
    error = world.run()
    assert isinstance(error, (ConnectionLost, DatabaseUnreachable)), error
    subprocess.run(["mount", "-o", "remount,size=800m", str(log_disk)], check=True)
    world.function.server.stop()
    world.function.server.start()
    assert world.function.query("SELECT patch_id FROM rdspatch.ledger") == [["0001_before"]]
    world.settle(expected)
