"""Holders of the run lock that are frozen or cut off, and servers that say nothing: how long it takes."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rdspatch.adapters.postgres.connection import CONNECT_TIMEOUT_SECONDS, SESSION_SETTINGS
from rdspatch.core.duration import parse_duration
from rdspatch.core.errors import DatabaseUnreachable
from tests.acceptance.target import new_run, open_target
from tests.faults.processes import hold, start
from tests.faults.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rdspatch.authoring.postgres_server import EmbeddedPostgres

ROOT = Path(__file__).parents[2]
ACTIVITIES = [None, None, None, None, *["SELECT pg_sleep(50)"] * 4]
"""What the holders do when the network goes silent."""
MOST_SECONDS_AFTER_A_PARTITION = 10.0
WORK_SECONDS = (0.0, 1.0, 2.0)
LOCKED = (
    "SELECT d.datname FROM pg_locks AS l JOIN pg_database AS d ON d.oid = l.database "
    "WHERE l.locktype = 'advisory' AND d.datname LIKE 'frozen_%'"
)


@pytest.mark.faults_only
@pytest.mark.experiment("F05")
def test_a_frozen_holder_loses_the_run_lock_when_the_idle_timeout_has_passed(
    postgres_server: EmbeddedPostgres, trials: Callable[[int], None], seen: Callable[[str, float], None]
) -> None:
    trials(len(WORK_SECONDS))
    idle = parse_duration(SESSION_SETTINGS["idle_session_timeout"])
    assert idle is not None
    names = {f"frozen_{number}": work for number, work in enumerate(WORK_SECONDS)}
    for name in names:
        postgres_server.create_database(name)
    with postgres_server.connect() as connection:
        holders = [start(hold, postgres_server.url(name), work) for name, work in names.items()]
        until(lambda: len(connection.run(LOCKED)) == len(names), "all holders have the lock")
        since, left = time.monotonic(), set(names)
        for holder in holders:
            os.kill(int(holder.pid or 0), signal.SIGSTOP)
        try:
            while left:
                assert time.monotonic() - since < max(WORK_SECONDS) + idle.total_seconds() + 5, f"still held: {left}"
                gone = left - {name for (name,) in connection.run(LOCKED)}
                for name in gone:
                    after = time.monotonic() - since - names[name]
                    seen("lock free after, s", after)
                    assert after <= idle.total_seconds() + 1
                left -= gone
                time.sleep(0.05)
        finally:
            for holder in holders:
                holder.kill()
    for name in names:
        postgres_server.drop_database(name)


@pytest.mark.faults_only
@pytest.mark.experiment("F06")
def test_a_holder_behind_a_silent_network_loses_the_run_lock(
    trials: Callable[[int], None], seen: Callable[[str, float], None]
) -> None:
    trials(len(ACTIVITIES))
    if not shutil.which("unshare") or subprocess.run(["unshare", "--net", "true"], check=False).returncode:
        pytest.skip("only root can make a network namespace")
    command = ["unshare", "--net", sys.executable, "-m", "tests.faults.partition", json.dumps(ACTIVITIES)]
    environment = {**os.environ, "PYTHONPATH": "lambdas:."}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True, timeout=150)
    found = json.loads(done.stdout)
    assert len(found) == len(ACTIVITIES), "some never lost it"
    for seconds in found:
        seen("lock free after, s", seconds)
    assert max(found) <= MOST_SECONDS_AFTER_A_PARTITION


@pytest.fixture
def silent(tmp_path: Path) -> Iterator[Callable[[bytes | None], str]]:
    """Starts servers that take a connection and say nothing, or nothing more; gives their URLs."""
    opened: list[socket.socket] = []

    def serve(listener: socket.socket, answer: bytes | None) -> None:
        opened.append(listener)
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            opened.append(connection)
            if answer is not None:
                connection.recv(1024)
                connection.sendall(answer)

    def begin(answer: bytes | None) -> str:
        directory = tempfile.mkdtemp(prefix="", dir=tmp_path)
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(f"{directory}/.s.PGSQL.5432")
        listener.listen()
        threading.Thread(target=serve, args=(listener, answer), daemon=True).start()
        return f"postgresql://postgres@/app?host={directory}"

    yield begin
    for one in opened:
        with contextlib.suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        one.close()


HALF = {
    "nothing": None,
    "half a message": b"R\x00\x00",
    "a login and nothing after it": b"R\x00\x00\x00\x08\x00\x00\x00\x00",
}


@pytest.mark.faults_only
@pytest.mark.experiment("F11")
def test_a_server_that_says_nothing_is_unreachable_within_the_time_for_connecting(
    silent: Callable[[bytes | None], str], trials: Callable[[int], None], seen: Callable[[str, float], None]
) -> None:
    trials(len(HALF))

    def connect(answer: bytes | None) -> float:
        since = time.monotonic()
        with pytest.raises(DatabaseUnreachable, match="no connection"):
            open_target(silent(answer)).connect(new_run())
        return time.monotonic() - since

    with ThreadPoolExecutor(len(HALF)) as pool:
        for seconds in pool.map(connect, HALF.values()):
            seen("given up after, s", seconds)
            assert seconds <= CONNECT_TIMEOUT_SECONDS + 2
