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
_UNKNOWN = """
WITH unknown (catalog, object) AS (
    SELECT 'pg_catalog.pg_cast'::regclass, oid FROM pg_catalog.pg_cast
    UNION ALL SELECT 'pg_catalog.pg_collation'::regclass, oid FROM pg_catalog.pg_collation
    UNION ALL SELECT 'pg_catalog.pg_conversion'::regclass, oid FROM pg_catalog.pg_conversion
    UNION ALL SELECT 'pg_catalog.pg_event_trigger'::regclass, oid FROM pg_catalog.pg_event_trigger
    UNION ALL SELECT 'pg_catalog.pg_foreign_server'::regclass, oid FROM pg_catalog.pg_foreign_server
    UNION ALL SELECT 'pg_catalog.pg_opclass'::regclass, oid FROM pg_catalog.pg_opclass
    UNION ALL SELECT 'pg_catalog.pg_operator'::regclass, oid FROM pg_catalog.pg_operator
    UNION ALL SELECT 'pg_catalog.pg_statistic_ext'::regclass, oid FROM pg_catalog.pg_statistic_ext
    UNION ALL SELECT 'pg_catalog.pg_ts_config'::regclass, oid FROM pg_catalog.pg_ts_config
    UNION ALL SELECT 'pg_catalog.pg_ts_dict'::regclass, oid FROM pg_catalog.pg_ts_dict
)
SELECT i.type, i.identity
FROM unknown AS u
CROSS JOIN LATERAL pg_catalog.pg_identify_object(u.catalog, u.object, 0) AS i
WHERE u.object >= 16384 AND i.schema IS DISTINCT FROM 'information_schema'
  AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_depend AS d
      WHERE d.classid = u.catalog AND d.objid = u.object AND d.deptype IN ('e', 'i')
  )
ORDER BY i.type, i.identity
"""
# Objects of the server itself have smaller numbers; what an extension made comes with it.


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """About one database."""

    columns: Mapping[tuple[str, ...], tuple[str, ...]] = field(default_factory=dict)
    """The columns of each table, in order."""
    views: Mapping[tuple[str, ...], str] = field(default_factory=dict)
    """The query of each view as the server prints it; a snapshot has it without what versions print differently."""
    unknown: tuple[str, ...] = ()
    """Objects of kinds that no snapshot knows, as the server names them."""


def read_details(connection: Connection) -> Details:
    """Read them; nothing is changed."""
    with connection.rolled_back():
        # With nothing else on the path, the server prints every name with its schema.
        connection.execute("SET TRANSACTION READ ONLY; SET LOCAL search_path = pg_catalog")
        columns = connection.execute(_COLUMNS)
        views = connection.execute(_VIEWS)
        unknown = connection.execute(_UNKNOWN)
    return Details(
        columns={(schema, table): tuple(json.loads(names)) for schema, table, names in columns},
        views={(schema, view): query.strip().removesuffix(";") for schema, view, query in views},
        unknown=tuple(f"{kind} {identity}" for kind, identity in unknown),
    )


def major_version(connection: Connection) -> int:
    """The server's major version: 18."""
    return int(connection.execute("SHOW server_version_num")[0][0]) // _VERSIONS_APART
