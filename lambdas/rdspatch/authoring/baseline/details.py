"""What a snapshot leaves out of a database and the text of a baseline wants."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rdspatch.authoring.proof.connection import Connection

_VERSIONS_APART = 10_000
_COLUMNS = """
SELECT n.nspname, c.relname, pg_catalog.json_agg(a.attname ORDER BY a.attnum)
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'p')
GROUP BY n.nspname, c.relname
"""
_VIEWS = """
SELECT n.nspname, c.relname, pg_catalog.pg_get_viewdef(c.oid)
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('v', 'm') AND n.nspname <> 'information_schema' AND NOT pg_catalog.starts_with(n.nspname, 'pg_')
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """About one database."""

    columns: Mapping[tuple[str, ...], tuple[str, ...]] = field(default_factory=dict)
    """The columns of each table, in order."""
    views: Mapping[tuple[str, ...], str] = field(default_factory=dict)
    """The query of each view as the server prints it; a snapshot has it without what versions print differently."""


def read_details(connection: Connection) -> Details:
    """Read them; nothing is changed."""
    with connection.rolled_back():
        # With nothing else on the path, the server prints every name with its schema.
        connection.execute("SET TRANSACTION READ ONLY; SET LOCAL search_path = pg_catalog")
        columns = connection.execute(_COLUMNS)
        views = connection.execute(_VIEWS)
    return Details(
        columns={(schema, table): tuple(json.loads(names)) for schema, table, names in columns},
        views={(schema, view): query.strip().removesuffix(";") for schema, view, query in views},
    )


def major_version(connection: Connection) -> int:
    """The server's major version: 18."""
    return int(connection.execute("SHOW server_version_num")[0][0]) // _VERSIONS_APART
