"""The catalog query, and from its answer to a schema."""

from __future__ import annotations

import gc
import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rdspatch.adapters.postgres.quoting import literal
from rdspatch.adapters.postgres.texts import text_of
from rdspatch.adapters.postgres.view_text import view_text
from rdspatch.core.schema import ROLE_OF_PATCHES, ObjectKind, ObjectName, Schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rdspatch.core.schema import Properties

_KINDS = {kind.value: kind for kind in ObjectKind}
_COLUMNS = "columns"
_VIEWS = (ObjectKind.VIEW, ObjectKind.MATERIALIZED_VIEW)


def schema_query(schemas: Sequence[str]) -> str:
    """The query for these schemas, or for all of them where none is named."""
    # As texts: a name that is too long must match none, and not the one that it would be cut to.
    names = f"n.nspname = ANY (ARRAY[{', '.join(literal(name) for name in schemas)}]::text[])" if schemas else "true"
    parts = {name: text_of(f"schema_{name}.sql").rstrip() for name in ("rare", "privileges")}
    return text_of("schema.sql").format_map({"wanted": names, "role_of_patches": literal(ROLE_OF_PATCHES), **parts})


def read_schema(document: str) -> Schema:
    """The schema that the query in `schema.sql` describes.

    Args:
        document: What the query returns, a JSON array of [kind, names from the schema inwards, properties], and for the
            columns of a table of ["columns", schema, table, [[name, type, nullable, default, more], …]].
    """
    with _without_collector():
        objects: dict[ObjectName, Properties] = {}
        for kind, *path, properties in json.loads(document):
            if kind == _COLUMNS:
                schema, table = path
                objects.update(_columns(schema, table, properties))
                continue
            present = _present(properties)
            name = ObjectName(_KINDS[kind], tuple(path))
            if name.kind in _VIEWS:
                present["definition"] = view_text(present["definition"])
            objects[name] = present
        return Schema(objects)


def _columns(schema: str, table: str, columns: Iterable[list[Any]]) -> Iterator[tuple[ObjectName, dict[str, Any]]]:
    for column, kind, nullable, default, more in columns:
        properties = {"type": kind, "nullable": nullable}
        if default is not None:
            properties["default"] = default
        if more is not None:
            properties |= _present(more)
        yield ObjectName(ObjectKind.COLUMN, (schema, table, column)), properties


def _present(properties: Properties) -> dict[str, Any]:
    return {name: value for name, value in properties.items() if value is not None}


@contextmanager
def _without_collector() -> Iterator[None]:
    """Nothing here is garbage, and looking for it would take half the time that a large schema takes."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
