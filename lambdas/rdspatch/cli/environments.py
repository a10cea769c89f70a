"""The environments that `status` compares, and what each says is applied to it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from rdspatch.cli.target import new_run, open_database
from rdspatch.core.drift import Drift
from rdspatch.core.errors import BadSettings, LockFileStale, Problem, RdspatchError
from rdspatch.core.ledger import Ledger
from rdspatch.core.lockfile import LockFile
from rdspatch.core.settings import is_target_name
from rdspatch.engine.drift import find_drift
from rdspatch.engine.inspect import read_ledger
from rdspatch.ports import Database

if TYPE_CHECKING:
    from rdspatch.adapters.audit_reader import AuditReader

_NAMED = re.compile(r"(?P<name>[^=:/?]*)=(?P<url>.*)", re.DOTALL)
_MOST_AT_ONCE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What one environment has."""

    ledger: Ledger
    drift: Drift | None = None
    """None where nobody asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """One column of the matrix."""

    name: str
    read: Callable[[], Found]
    """Raises an RdspatchError when the environment cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one environment said, or why it said nothing."""

    name: str
    found: Found | None = None
    error: RdspatchError | None = None


def is_named(database: str) -> bool:
    """Whether a value of `--database` is NAME=URL and no plain URL."""
    return _NAMED.fullmatch(database) is not None


def in_databases(databases: Sequence[str], *, drift_from: LockFile | None = None) -> tuple[Environment, ...]:
    """Environments whose ledgers are read: one for each NAME=URL. Raises BadSettings with every wrong value.

    With a lock file, their schemas are compared with what it says as well.
    """
    problems: list[Problem] = []
    made: dict[str, Environment] = {}
    for number, text in enumerate(databases, start=1):
        where = f"--database {number}"
        match = _NAMED.fullmatch(text)
        if match is None:
            problems.append(Problem(where=where, what="has no name", instead="write NAME=URL when there are several"))
            continue
        name = match["name"]
        problems += _name_problems(where, name, made)
        try:
            database = open_database(match["url"], drift_from)
        except BadSettings as bad:
            problems += [replace(problem, where=f"--database {name}") for problem in bad.problems]
        else:
            made[name] = Environment(name=name, read=partial(find_in, database, drift_from=drift_from))
    if problems:
        raise BadSettings(problems)
    return tuple(made.values())


def find_in(database: Database, *, drift_from: LockFile | None = None) -> Found:
    """Read one database; with a lock file, its drift too. Raises an RdspatchError when it cannot be read."""
    run = new_run()
    ledger = read_ledger(database, run)
    return Found(
        ledger=ledger, drift=None if drift_from is None else find_drift(drift_from, database=database, run=run)
    )


def in_audit_table(table: str, targets: Sequence[str]) -> tuple[Environment, ...]:
    """Environments that the audit table is asked about. Raises BadSettings when it is not clear which."""
    problems: list[Problem] = []
    if not targets:
        instead = "add --target NAME, once for each environment"
        problems.append(Problem(where="--audit-table", what="is given without a target", instead=instead))
    for number, name in enumerate(targets):
        problems += _name_problems("--target", name, targets[:number])
    if problems:
        raise BadSettings(problems)
    from rdspatch.cli.audit_options import audit_reader  # noqa: PLC0415 - only this way of asking needs AWS

    reader = audit_reader(table)
    return tuple(Environment(name=name, read=partial(_find_in_audit, reader, name)) for name in targets)


def _find_in_audit(reader: AuditReader, target: str) -> Found:
    return Found(ledger=reader.ledger(target))


def look_at(environments: Sequence[Environment]) -> tuple[Seen, ...]:
    """Ask all of them, several at a time; one that cannot be read does not keep the others from answering."""
    with ThreadPoolExecutor(max_workers=_MOST_AT_ONCE) as pool:
        return tuple(pool.map(_see, environments))


def _see(environment: Environment) -> Seen:
    try:
        return Seen(name=environment.name, found=environment.read())
    except LockFileStale:
        raise  # that is no fault of the environment
    except RdspatchError as error:
        return Seen(name=environment.name, error=error)


def _name_problems(where: str, name: str, taken: Collection[str]) -> list[Problem]:
    if not is_target_name(name):
        return [Problem(where=where, what=f"{name!r} is no name", instead="use a-z, 0-9 and -, starting with a letter")]
    return [Problem(where=where, what=f"{name} is there twice")] if name in taken else []
