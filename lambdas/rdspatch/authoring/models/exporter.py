"""Imports the application's models and writes down the SQL that makes their schema.

A process of its own, started by `process.py` with a request on its standard input; it knows nothing of rdspatch and
needs SQLAlchemy alone. Whatever a module does while it is imported happens here: in a process without credentials,
which refuses the network, and whose answer goes to a file that no `print` reaches.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import traceback
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import MetaData, Table, TextClause
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.engine.mock import MockConnection
from sqlalchemy.orm import registry
from sqlalchemy.schema import CreateIndex, ExecutableDDLElement

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

NEWEST_SERVER = (18, 0)
"""What `dialect.server_version_info` says to conditions in the models; without it they would compare with None."""
_NETWORK = frozenset(
    {"socket.bind", "socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendmsg", "socket.sendto"}
)


class Unusable(Exception):
    """A source that names no models; the message says why."""


def export(sources: Sequence[str]) -> dict[str, Any]:
    """The SQL that makes the models' schema, statement by statement, and the columns of each of their tables.

    Args:
        sources: `package.module:Base`; what stands behind the colon is a declarative base, anything else with
            `metadata`, or the metadata itself.
    """
    metadatas: dict[int, MetaData] = {}
    classes: dict[Any, set[str]] = defaultdict(set)
    for source in sources:
        found = _find(source)
        metadata = found if isinstance(found, MetaData) else getattr(found, "metadata", None)
        if not isinstance(metadata, MetaData):
            raise Unusable(f"{source} is a {type(found).__name__} without metadata")
        if not metadata.tables:
            raise Unusable(
                f"{source} has no tables: import the modules that define models in {source.partition(':')[0]}"
            )
        metadatas[id(metadata)] = metadata
        for mapper in _mappers(found):
            classes[mapper.local_table].add(mapper.class_.__name__)
    tables = [table for metadata in metadatas.values() for table in metadata.tables.values()]
    return {
        "ddl": [statement for metadata in metadatas.values() for statement in _statements(metadata)],
        "mapped": [_mapped(table, classes[table]) for table in sorted(tables, key=lambda table: table.key)],
    }


def _find(source: str) -> Any:
    module, _, path = source.partition(":")
    found: Any = importlib.import_module(module)
    for name in path.split("."):
        if not hasattr(found, name):
            raise Unusable(f"{module} has no {path}")
        found = getattr(found, name)
    return found


def _mappers(found: Any) -> Sequence[Any]:
    known = found if isinstance(found, registry) else getattr(found, "registry", getattr(found, "_sa_registry", None))
    return list(known.mappers) if isinstance(known, registry) else []


def _mapped(table: Table, classes: set[str]) -> dict[str, Any]:
    """A table that no class is mapped to, as between two models, goes by its own name."""
    names = [column.name for column in table.columns]
    where = table.name if table.schema is None else [table.schema, table.name]
    return {"model": ", ".join(sorted(classes)) or table.name, "table": where, "columns": names}


def _statements(metadata: MetaData) -> list[str]:
    """What `create_all` would send to an empty database; a table's indexes, which are a set, by name."""
    dialect = PGDialect(paramstyle="named")  # type: ignore[no-untyped-call] # no doubled percent signs
    dialect.server_version_info = NEWEST_SERVER
    texts: list[str] = []
    indexes: list[str] = []

    def take(statement: Any, _parameters: Any) -> None:
        if not isinstance(statement, ExecutableDDLElement | TextClause):
            return
        text = str(statement.compile(dialect=dialect)).strip()
        if isinstance(statement, CreateIndex):
            indexes.append(text)
            return
        texts.extend(sorted(indexes))
        indexes.clear()
        texts.append(text)

    metadata.create_all(MockConnection(dialect, take), checkfirst=False)
    return [*texts, *sorted(indexes)]


def _problem(error: BaseException, root: str, refused: Sequence[str]) -> str:
    """One sentence for people: what went wrong, and where in the application's own code."""
    if isinstance(error, Unusable):
        return str(error)
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename.startswith(root + os.sep)]
    where = f"{os.path.relpath(own[-1].filename, root)}:{own[-1].lineno}: " if own else ""
    if refused:
        return f"{where}is not importable without network: {refused[0]}"
    if isinstance(error, SystemExit):
        return f"{where}calls sys.exit({error.code!r}) while it is imported"
    return f"{where}{type(error).__name__}: {error}"


def _refuse_network(refused: list[str]) -> Callable[[str, tuple[Any, ...]], None]:
    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _NETWORK:
            peer = arguments[:2] if event == "socket.getaddrinfo" else arguments[-1]
            refused.append(f"it calls {event} for {peer!r}")
            os.write(2, f"refused: {refused[-1]}\n".encode())
            raise ConnectionRefusedError(f"models are imported without network: {event}")

    return watch


def main() -> None:
    """Answer the request, and end without waiting for threads that a module may have started."""
    request = json.loads(sys.stdin.read())
    root = request["root"]
    sys.path[:] = [root, *sys.path, *(entry for entry in request["path"] if entry not in sys.path)]
    refused: list[str] = []
    sys.addaudithook(_refuse_network(refused))
    try:
        answer = export(request["sources"])
    except BaseException as error:  # noqa: BLE001 - whatever a foreign module raises is told to the parent
        answer = {"problem": _problem(error, root, refused)}
    Path(request["answer"]).write_text(json.dumps(answer), encoding="utf-8")
    os._exit(0)


if __name__ == "__main__":
    main()
