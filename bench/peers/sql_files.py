"""Tools that take a directory of SQL files: dbmate, node-pg-migrate, yoyo, and rdspatch itself."""

from __future__ import annotations

import json
import subprocess
from importlib import metadata
from typing import TYPE_CHECKING

from bench.peers.tool import Command, Tool
from bench.setting import RDSPATCH
from bench.workload import write_patches

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bench.setting import Setting


def rdspatch(setting: Setting) -> Tool:
    def command(directory: Path, database: str) -> Command:
        words = (RDSPATCH, "apply", "--patches", directory, "--database", setting.url(database), "--no-verify")
        return Command(words=words)

    return Tool(
        name="rdspatch",
        version=metadata.version("rdspatch"),
        settings="`rdspatch apply --no-verify`; a transaction with ledger row and fence for each patch, in one message",
        prepare=write_patches,
        command=command,
    )


def dbmate(setting: Setting) -> Tool:
    program = setting.installed.python / "dbmate"

    def prepare(directory: Path, texts: Sequence[str]) -> None:
        for number, text in enumerate(texts, start=1):
            (directory / f"{number:06}_step.sql").write_text(f"-- migrate:up\n{text}\n-- migrate:down\n")

    def command(directory: Path, database: str) -> Command:
        url = f"postgres://postgres@/{database}?socket={setting.server.socket_directory}"
        return Command(words=(program, "--url", url, "--migrations-dir", directory, "--no-dump-schema", "migrate"))

    return Tool(
        name="dbmate",
        version=_said([program, "--version"]).split()[-1],
        settings="`dbmate --no-dump-schema migrate`; a transaction for each migration",
        prepare=prepare,
        command=command,
        is_interpreted=False,
    )


def node_pg_migrate(setting: Setting) -> Tool:
    program = setting.installed.node_modules / "node-pg-migrate" / "bin" / "node-pg-migrate.js"
    package = json.loads((setting.installed.node_modules / "node-pg-migrate" / "package.json").read_text())

    def prepare(directory: Path, texts: Sequence[str]) -> None:
        for number, text in enumerate(texts, start=1):
            name = f"{1_700_000_000_000 + number}_step.sql"
            (directory / name).write_text(f"-- Up Migration\n{text}\n-- Down Migration\n")

    def command(directory: Path, database: str) -> Command:
        url = f"postgresql://postgres@/{database}?host={setting.server.socket_directory}"
        words = (setting.installed.node, program, "up", "-m", directory, "--no-single-transaction")
        return Command(words=words, environment={"DATABASE_URL": url}, cwd=setting.installed.node_modules.parent)

    return Tool(
        name="node-pg-migrate",
        version=package["version"],
        settings="`up --no-single-transaction`; a transaction for each migration",
        prepare=prepare,
        command=command,
    )


def yoyo(setting: Setting) -> Tool:
    program = setting.installed.python / "yoyo"

    def prepare(directory: Path, texts: Sequence[str]) -> None:
        for number, text in enumerate(texts, start=1):
            (directory / f"{number:06}-step.sql").write_text(text)

    def command(directory: Path, database: str) -> Command:
        url = f"postgresql+psycopg://postgres@/{database}"
        return Command(words=(program, "apply", "--batch", "--no-config-file", "--database", url, directory))

    return Tool(
        name="yoyo",
        version=_version(setting, "yoyo-migrations"),
        settings="`yoyo apply --batch` with psycopg 3; a transaction for each migration",
        prepare=prepare,
        command=command,
    )


def _said(words: Sequence[str | Path]) -> str:
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


def _version(setting: Setting, package: str) -> str:
    program = f"from importlib.metadata import version; print(version({package!r}))"
    return _said([setting.installed.python / "python", "-c", program]).strip()
