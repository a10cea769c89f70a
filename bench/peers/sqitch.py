"""Sqitch, from Debian: it starts psql for each change."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from bench.peers.tool import Command, Tool
from bench.setting import PROGRAMS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bench.setting import Setting

_PLAN = "%syntax-version=1.0.0\n%project=bench\n\n"


def sqitch(setting: Setting) -> Tool | None:
    """None where it is not installed."""
    program = setting.installed.sqitch
    if program is None:
        return None

    def prepare(directory: Path, texts: Sequence[str]) -> None:
        (directory / "sqitch.conf").write_text("[core]\n    engine = pg\n")
        (directory / "deploy").mkdir()
        plan = _PLAN
        for number, text in enumerate(texts, start=1):
            plan += f"step{number:06} 2026-01-01T00:00:00Z bench <bench@example.com> # A step.\n"
            (directory / "deploy" / f"step{number:06}.sql").write_text(f"BEGIN;\n{text}COMMIT;\n")
        (directory / "sqitch.plan").write_text(plan)

    def command(directory: Path, database: str) -> Command:
        who = {"SQITCH_FULLNAME": "bench", "SQITCH_EMAIL": "bench@example.com"}
        words = (program, "deploy", "--client", PROGRAMS / "psql", "--target", f"db:pg:{database}")
        return Command(words=words, environment=who, cwd=directory)

    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    return Tool(
        name="sqitch",
        version=said.split()[-1].removeprefix("v"),
        settings="`sqitch deploy`; a transaction for each change, written into its script as its manual says",
        prepare=prepare,
        command=command,
    )
