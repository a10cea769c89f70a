"""`[tool.rdspatch]` of the pyproject.toml that counts."""

from __future__ import annotations

import enum
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from rdspatch.core.errors import BadSettings, Problem
from rdspatch.core.privileges import Expectation
from rdspatch.core.scope import Scope

_Choice = TypeVar("_Choice", bound=enum.Enum)
_KEYS = ("drift", "models", "models-environment", "models-path", "patches", "rehearsal", "server")
_DRIFT_KEYS = ("ignore", "privileges", "schemas")
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
    models: str | None
    """The declarative base or the metadata of the application's models: `package.module:Base`."""
    models_path: Path
    """The directory that their imports start from."""
    models_environment: Mapping[str, str]
    """Variables that their imports need; they see next to nothing of our own environment."""
    servers: tuple[int, ...]
    """The major versions of PostgreSQL to prove on, the lowest first; empty for the embedded server's alone."""
    scope: Scope
    """`[tool.rdspatch.drift]`: which objects drift looks at."""
    rehearsal: RehearsalConfiguration

    @property
    def lowest_server(self) -> int | None:
        """The version that a command works with which takes only one; None for the embedded server."""
        return next(iter(self.servers), None)


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
    where = f"{file}: [tool.rdspatch"
    own = _Table(where=f"{where}]", table=table, known=_KEYS, problems=problems)
    drift = _Table(where=f"{where}.drift]", table=own.table("drift"), known=_DRIFT_KEYS, problems=problems)
    rehearsal = _Table(
        where=f"{where}.rehearsal]", table=own.table("rehearsal"), known=_REHEARSAL_KEYS, problems=problems
    )
    environment = _Table(
        where=f"{where}.models-environment]", table=own.table("models-environment"), known=None, problems=problems
    )
    configuration = Configuration(
        patches=root / own.text("patches", "patches"),
        models=own.text("models", "") or None,
        models_path=root / own.text("models-path", "."),
        models_environment=environment.all_texts(),
        servers=own.versions("server"),
        scope=Scope(
            schemas=drift.texts("schemas"),
            ignore=drift.texts("ignore"),
            privileges=drift.choice("privileges", Expectation.PATCHES),
        ),
        rehearsal=RehearsalConfiguration(
            app=rehearsal.text("app", "") or None,
            directory=root / rehearsal.text("directory", "."),
            health_path=rehearsal.text("health-path", "/api/health"),
            stage=rehearsal.text("stage", "sandbox"),
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


class _Table:
    """Reads values out of one table and remembers what was wrong."""

    def __init__(
        self, *, where: str, table: dict[str, Any], known: Sequence[str] | None, problems: list[Problem]
    ) -> None:
        """`known` is None where any key will do."""
        self._where = where
        self._table = table
        self._problems = problems
        known = tuple(table) if known is None else known
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

    def choice(self, key: str, default: _Choice) -> _Choice:
        """One of the values of an enumeration of texts."""
        values = [member.value for member in type(default)]
        value = self._table.get(key, default.value)
        if value in values:
            return type(default)(value)
        instead = f"write one of {', '.join(map(repr, values))}"
        self._problems.append(Problem(where=f"{self._where} {key}", what=f"is {value!r}", instead=instead))
        return default

    def versions(self, key: str) -> tuple[int, ...]:
        """One major version or a list of them, each as a number or as its text; the lowest first."""
        value = self._table.get(key, [])
        items = value if isinstance(value, list) else [value]
        if all(_is_version(item) for item in items):
            return tuple(sorted({int(item) for item in items}))
        instead = 'write 18, or ["14", "17"] for several'
        problem = Problem(where=f"{self._where} {key}", what="names no major version of PostgreSQL", instead=instead)
        self._problems.append(problem)
        return ()

    def texts(self, key: str) -> tuple[str, ...]:
        value = self._table.get(key, [])
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
        where, instead = f"{self._where} {key}", 'write ["…"]'
        self._problems.append(Problem(where=where, what="is no list of texts", instead=instead))
        return ()

    def all_texts(self) -> dict[str, str]:
        return {key: self.text(key, "…") for key in self._table}

    def table(self, key: str) -> dict[str, Any]:
        value = self._table.get(key, {})
        if isinstance(value, dict):
            return value
        self._problems.append(Problem(where=f"{self._where} {key}", what="is no table"))
        return {}


def _is_version(item: object) -> bool:
    is_number = isinstance(item, int) and not isinstance(item, bool) and item > 0
    return is_number or (isinstance(item, str) and item.isascii() and item.isdecimal())


def configuration_for(given: Path | None) -> Configuration:
    """The configuration of a command: of the project that the patch directory belongs to.

    Args:
        given: The patch directory of the option: the nearest pyproject.toml from there upwards counts. None where the
            option is left out: then it is the nearest one from the working directory upwards, and it names the
            directory.

    Raises:
        BadSettings: As `read_configuration` does.
    """
    if given is None:
        return read_configuration(Path.cwd())
    return replace(read_configuration(given.resolve()), patches=given)


def patch_directory(given: Path | None) -> Path:
    """The patch directory of a command that needs nothing else of the configuration."""
    return given if given is not None else read_configuration(Path.cwd()).patches
