"""Run as root in a network namespace of its own: how long the server keeps a run lock when the network goes silent.

Prints, as JSON, the seconds for each holder. The holders' end of the network is this namespace's loopback, which goes
down without a goodbye; the server is watched through its Unix socket.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from datetime import timedelta
from typing import TYPE_CHECKING

from rdspatch.adapters.clock import SystemClock
from rdspatch.authoring.postgres_server import EmbeddedPostgres
from rdspatch.engine.run_lock import open_locked_session
from tests.acceptance.target import new_run, open_target

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

GIVEN_UP_SECONDS = 60.0
LOCKED = "SELECT d.datname FROM pg_locks AS l JOIN pg_database AS d ON d.oid = l.database WHERE l.locktype = 'advisory'"


class OnTheNetwork(EmbeddedPostgres):
    """The embedded server, on loopback as well."""

    def _command(self, binaries: Path, data: Path) -> list[str]:
        (data / "pg_hba.conf").write_text("local all all trust\nhost all all 127.0.0.1/32 trust\n")
        return [*super()._command(binaries, data), "-c", "listen_addresses=127.0.0.1"]


def hold(name: str, work: str | None, ready: threading.Barrier) -> None:
    database = open_target(f"postgresql://postgres@127.0.0.1:5432/{name}?sslmode=disable")
    session = open_locked_session(database, new_run(), SystemClock(), patience=timedelta())
    ready.wait()
    if work is not None:
        session.ask_as_login(work)  # type: ignore[attr-defined] # the PostgreSQL session has it
    time.sleep(GIVEN_UP_SECONDS)


def released(server: EmbeddedPostgres, names: set[str]) -> Mapping[str, float]:
    since, found = time.monotonic(), {}
    with server.connect() as connection:
        while names - set(found) and time.monotonic() - since < GIVEN_UP_SECONDS:
            held = {name for (name,) in connection.run(LOCKED)}
            found.update({name: time.monotonic() - since for name in names - held - set(found)})
            time.sleep(0.02)
    return found


def main(activities: list[str | None]) -> None:
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    with OnTheNetwork() as server:
        names = [f"holder_{number}" for number in range(len(activities))]
        ready = threading.Barrier(len(activities) + 1)
        for name, work in zip(names, activities, strict=True):
            server.create_database(name)
            threading.Thread(target=hold, args=(name, work, ready), daemon=True).start()
        ready.wait()
        time.sleep(0.5)  # the busy ones have begun
        subprocess.run(["ip", "link", "set", "lo", "down"], check=True)
        sys.stdout.write(json.dumps(list(released(server, set(names)).values())))
        sys.stdout.flush()
    os._exit(0)  # the holders wait for answers that never come


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
