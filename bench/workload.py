"""The SQL that every tool gets: tables that are made, grow column by column, and get an index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rdspatch.adapters.patch_files import read_patch_files, write_lock_file
from rdspatch.authoring.lock import lock
from rdspatch.core.directory import parse_directory
from rdspatch.core.lockfile import LockFile, render

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

STEPS_A_TABLE = 10


def step(number: int) -> str:
    """The SQL of one patch, numbered from 1: ten of them make one table of twelve columns with an index."""
    table, place = divmod(number - 1, STEPS_A_TABLE)
    if place == 0:
        return (
            f"CREATE TABLE IF NOT EXISTS thing_{table} (\n"
            "    id bigint PRIMARY KEY,\n    name text NOT NULL,\n    made_at timestamptz NOT NULL DEFAULT now()\n);\n"
        )
    if place == STEPS_A_TABLE - 1:
        return f"CREATE INDEX IF NOT EXISTS thing_{table}_name ON thing_{table} (name);\n"
    kind = ("text", "integer", "numeric(12, 2)", "jsonb")[place % 4]
    return f"ALTER TABLE thing_{table} ADD COLUMN IF NOT EXISTS c{place} {kind};\n"


def steps(count: int) -> tuple[str, ...]:
    return tuple(step(number) for number in range(1, count + 1))


def write_patches(directory: Path, texts: Sequence[str]) -> Path:
    """A patch directory of rdspatch, parsed and locked, without the proof."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "baseline.sql").write_text("-- An empty database.\n")
    for number, text in enumerate(texts, start=1):
        (directory / f"{number:04}_step.sql").write_text(f"-- patch: Step {number}.\n{text}")
    patches = parse_directory(read_patch_files(directory)).patches
    write_lock_file(directory, render(LockFile(patches=lock(patches))))
    return directory
