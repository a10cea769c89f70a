"""`[tool.rdspatch]` of the nearest pyproject.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rdspatch.core.errors import BadSettings, Problem

_KEYS = ("patches", "rehearsal")
_REHEARSAL_KEYS = ("app", "directory", "health-path", "stage")


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalConfiguration:
    """`[tool.rdspatch.rehearsal]`: the application that a rehearsal puts in front of its database."""

    app: str | None
    """A command that serves it and prints its URL as the first line; `{database}` becomes the database's URL."""
    directory: Path
    """Where the command runs."""
    health_path: str
    stage: str
    """The stage of `cdk.json` whose workflow is rehearsed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """What the project says about itself."""

    patches: Path
    rehearsal: RehearsalConfiguration


def read_configuration(start: Path) -> Configuration:
    """The configuration that holds in a directory: its own pyproject.toml, or the nearest one above it.

    Without any, the patch directory is `patches` below `start`.

    Raises:
        BadSettings: With every problem of the table.
    """
    file = next((path for folder in (start, *start.parents) if (path := folder / "pyproject.toml").is_file()), None)
    table = {} if file is None else _table(file)
    root = start if file is None else file.parent
    problems: list[Problem] = []
    rehearsal = table.get("rehearsal", {})
    reader = _Texts(where=f"{file}: [tool.rdspatch]", table=table, known=_KEYS, problems=problems)
    patches = reader.text("patches", "patches")
    if isinstance(rehearsal, dict):
        where = f"{file}: [tool.rdspatch.rehearsal]"
        reader = _Texts(where=where, table=rehearsal, known=_REHEARSAL_KEYS, problems=problems)
    else:
        problems.append(Problem(where=f"{file}: [tool.rdspatch] rehearsal", what="is no table"))
    configuration = Configuration(
        patches=root / patches,
        rehearsal=RehearsalConfiguration(
            app=reader.text("app", "") or None,
            directory=root / reader.text("directory", "."),
            health_path=reader.text("health-path", "/api/health"),
            stage=reader.text("stage", "sandbox"),
        ),
    )
    if problems:
        raise BadSettings(problems)
    return configuration


def _table(file: Path) -> dict[str, Any]:
    try:
        document: Any = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadSettings([Problem(where=str(file), what=f"cannot be read: {error}")]) from error
    tools = document.get("tool", {})
    table = tools.get("rdspatch", {}) if isinstance(tools, dict) else None
    if not isinstance(table, dict):
        instead = 'write it as [tool.rdspatch] with patches = "patches"'
        raise BadSettings([Problem(where=f"{file}: tool.rdspatch", what="is no table", instead=instead)])
    return table


class _Texts:
    """Reads texts out of one table and remembers what was wrong."""

    def __init__(self, *, where: str, table: dict[str, Any], known: Sequence[str], problems: list[Problem]) -> None:
        self._where = where
        self._table = table
        self._problems = problems
        instead = f"known are {', '.join(known)}"
        problems += [
            Problem(where=f"{where} {key}", what="unknown key", instead=instead) for key in table if key not in known
        ]

    def text(self, key: str, default: str) -> str:
        value = self._table.get(key, default)
        if isinstance(value, str):
            return value
        self._problems.append(Problem(where=f"{self._where} {key}", what="is no text", instead=f'write "{default}"'))
        return default


def patch_directory(given: Path | None) -> Path:
    """The patch directory of a command: the option, else the configuration of the working directory."""
    return given if given is not None else read_configuration(Path.cwd()).patches
