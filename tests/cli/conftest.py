"""The command line in this process: its exit code, and what went to which stream."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pg8000.native
import pytest

from rdspatch.adapters.patch_files import write_lock_file
from rdspatch.cli.app import run
from rdspatch.core.database_url import parse_database_url
from tests.handlers.repairable import BASELINE, PATCHES, proof
from tests.patch_directory import PatchDirectory

if TYPE_CHECKING:
    from pathlib import Path

    from rdspatch.authoring.postgres_server import EmbeddedPostgres


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """What one command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Shell:
    """Types commands."""

    def __init__(self, capsys: pytest.CaptureFixture[str], patches: PatchDirectory) -> None:
        self._capsys = capsys
        self.patches = patches

    def type(self, *words: str) -> Printed:
        """Run `rdspatch` with these words."""
        self._capsys.readouterr()
        code = run(words)
        printed = self._capsys.readouterr()
        return Printed(code=code, out=printed.out, err=printed.err)

    def on_patches(self, command: str, *words: str) -> Printed:
        """Run a command on the test's patch directory."""
        return self.type(command, "--patches", str(self.patches.path), *words)


class DatabaseShell(Shell):
    """Types commands for one database, and looks into it."""

    url: str

    def on_database(self, command: str, *words: str) -> Printed:
        """Run a command on the test's patch directory and database."""
        return self.on_patches(command, "--database", self.url, *words)

    def query(self, sql: str) -> list[Any]:
        settings = parse_database_url(self.url).settings
        socket = f"{settings.host}/.s.PGSQL.{settings.port}"
        with closing(pg8000.native.Connection("postgres", unix_sock=socket, database=settings.name)) as connection:
            rows: list[Any] = connection.run(sql)
            return rows

    def tables(self) -> list[str]:
        """Every table outside the catalogs, the ledger's included."""
        rows = self.query(
            "SELECT schemaname || '.' || tablename FROM pg_tables "
            "WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1"
        )
        return [name for (name,) in rows]


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("RDSPATCH_DATABASE_URL", raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Shell:
    return Shell(capsys, PatchDirectory(tmp_path / "patches"))


@pytest.fixture
def database(capsys: pytest.CaptureFixture[str], tmp_path: Path, database_url: str) -> DatabaseShell:
    made = DatabaseShell(capsys, PatchDirectory(tmp_path / "patches"))
    made.url = database_url
    return made


@pytest.fixture(scope="module")
def lock_file(postgres_server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the proof says of the patches that repairs are tried on."""
    return proof(postgres_server, tmp_path_factory.mktemp("patches"))


@pytest.fixture
def applied(database: DatabaseShell, lock_file: str) -> DatabaseShell:
    """A database that has those patches."""
    database.patches.write("baseline.sql", BASELINE)
    for name, sql in PATCHES.items():
        database.patches.patch(name, f"{sql};")
    write_lock_file(database.patches.path, lock_file)
    database.query(BASELINE)
    assert database.on_database("apply").code == 0
    return database
