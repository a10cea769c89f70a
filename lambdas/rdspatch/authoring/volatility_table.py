"""Writes `volatility.txt` from `pg_proc` of every supported server: `python -m rdspatch.authoring.volatility_table`."""

from __future__ import annotations

import contextlib
import sys
import textwrap
from collections import defaultdict
from typing import TYPE_CHECKING

from pg8000.exceptions import DatabaseError

from rdspatch.authoring.postgres_releases import MAJORS, postgres_binaries
from rdspatch.authoring.postgres_server import EmbeddedPostgres
from rdspatch.authoring.volatility import TABLE, Volatility

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pg8000.native import Connection

FUNCTIONS = """
SELECT proname, provolatile::text FROM pg_catalog.pg_proc
WHERE prokind <> 'p' AND pronamespace IN ('pg_catalog'::regnamespace, 'public'::regnamespace)
"""
_EXTENSIONS = "SELECT pg_catalog.format('CREATE EXTENSION IF NOT EXISTS %I CASCADE', name) FROM pg_available_extensions"
_LEVELS = {"i": Volatility.IMMUTABLE, "s": Volatility.STABLE, "v": Volatility.VOLATILE}


def judged(rows: Iterable[tuple[str, str]]) -> Mapping[str, Volatility]:
    """One volatility a name, from those of all functions of that name.

    A name is volatile when all of its functions are: of those that only differ in their arguments hardly any is, and
    what a default does to the rows of a table is seen by the proof all the same.
    """
    found = defaultdict(set)
    for name, level in rows:
        found[name].add(_LEVELS[level])
    return {name: max(levels - {Volatility.VOLATILE} or levels) for name, levels in found.items()}


def table_of(functions: Mapping[str, Volatility]) -> str:
    """The text of the file."""
    lines = []
    for level in Volatility:
        names = " ".join(sorted(name for name, it in functions.items() if it is level))
        lines += [f"{level.value}: {line}" for line in textwrap.wrap(names, 105, break_on_hyphens=False)]
    return "\n".join(lines) + "\n"


def functions_of(connection: Connection) -> list[tuple[str, str]]:
    """Every function of the server, and of the extensions that can be installed."""
    for (statement,) in connection.run(_EXTENSIONS):
        with contextlib.suppress(DatabaseError):  # one that needs a language that is not there
            connection.run(statement)
    return [(name, level) for name, level in connection.run(FUNCTIONS)]


def read_servers(majors: Iterable[int] = MAJORS) -> Mapping[str, Volatility]:
    """What the servers of these versions say together."""
    rows: list[tuple[str, str]] = []
    for major in majors:
        with EmbeddedPostgres(binaries=postgres_binaries(major)) as server, server.connect() as connection:
            rows += functions_of(connection)
    return judged(rows)


if __name__ == "__main__":
    TABLE.write_text(table_of(read_servers()), encoding="utf-8")
    sys.stdout.write(f"{TABLE.name} written\n")
