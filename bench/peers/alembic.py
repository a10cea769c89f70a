"""Alembic: a Python file for each revision."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from bench.peers.tool import Command, Tool

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bench.setting import Setting

_ENVIRONMENT = """
import os
import sqlalchemy
from alembic import context

engine = sqlalchemy.create_engine(os.environ["BENCH_URL"], poolclass=sqlalchemy.NullPool)
with engine.connect() as connection:
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
"""

_REVISION = """
from alembic import op

revision = {revision!r}
down_revision = {before!r}
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute({sql!r})
"""


def alembic(setting: Setting) -> Tool:
    program = setting.installed.python / "alembic"

    def prepare(directory: Path, texts: Sequence[str]) -> None:
        (directory / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s\n")
        (directory / "env.py").write_text(_ENVIRONMENT)
        (directory / "versions").mkdir()
        before = None
        for number, text in enumerate(texts, start=1):
            revision = f"{number:06}"
            file = directory / "versions" / f"{revision}_step.py"
            file.write_text(_REVISION.format(revision=revision, before=before, sql=text))
            before = revision

    def command(directory: Path, database: str) -> Command:
        url = f"postgresql+psycopg://postgres@/{database}"
        words = (program, "-c", directory / "alembic.ini", "upgrade", "head")
        return Command(words=words, environment={"BENCH_URL": url}, cwd=directory)

    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    return Tool(
        name="alembic",
        version=said.split()[-1],
        settings="`alembic upgrade head`, `transaction_per_migration=True`, psycopg 3",
        prepare=prepare,
        command=command,
    )
