"""The query for everything that a database holds.

The catalogs themselves say which ones there are: each that has an `oid`, in whatever version of the server.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_FIRST_OF_USERS = 16384
"""Objects below this number came with the server."""
LEFT_OUT = {
    "pg_attrdef": "a default is a property of its column, which the snapshot compares",
    "pg_enum": "a label is a property of its type, which the snapshot compares",
    "pg_largeobject_metadata": "a large object is data, not schema",
}
"""Catalogs whose rows are no objects here, each with the reason."""
_WITHOUT_PLACE = "0::oid"
CATALOGS = """
SELECT coalesce(json_agg(json_build_array(k.relname, k.columns) ORDER BY k.relname), '[]')
FROM (
    SELECT c.relname, json_agg(json_build_array(a.attname, format_type(a.atttypid, NULL)) ORDER BY a.attnum) AS columns
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0
    WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relkind = 'r' AND NOT c.relisshared
      AND has_table_privilege(c.oid, 'SELECT') -- pg_user_mapping holds passwords
    GROUP BY c.relname HAVING bool_or(a.attname = 'oid')
) AS k
"""
_ONLY = {
    # A row type and an array go with what they are of.
    "pg_type": "x.typrelid = 0 AND NOT EXISTS (SELECT FROM pg_catalog.pg_type AS e WHERE e.typarray = x.oid)",
    # NOT NULL is a property of its column; a constraint trigger is a trigger.
    "pg_constraint": "x.contype NOT IN ('n', 't')",
    "pg_namespace": "x.nspname NOT IN ('rdspatch', 'information_schema') AND x.nspname NOT LIKE 'pg\\_%'",
}
_SWITCH = {
    "pg_class": "CASE WHEN x.relispopulated THEN 'O' ELSE 'D' END",
    "pg_event_trigger": "x.evtenabled::text",
    "pg_rewrite": "x.ev_enabled::text",
    "pg_trigger": "x.tgenabled::text",
}
_ORDINARY_GRANTS = {
    "pg_class": "CASE WHEN x.relkind = 'S' THEN 's' ELSE 'r' END::\"char\"",
    "pg_foreign_data_wrapper": "'F'",
    "pg_foreign_server": "'S'",
    "pg_language": "'l'",
    "pg_namespace": "'n'",
    "pg_proc": "'f'",
    "pg_type": "'T'",
}


def inventory_query(catalogs: Iterable[Sequence[Any]]) -> str:
    """The query for what `CATALOGS` answers."""
    found = [_of_catalog(name, dict(columns)) for name, columns in catalogs if name not in LEFT_OUT]
    return _ALL.format(objects="\n    UNION ALL\n".join(found), first=_FIRST_OF_USERS)


def _of_catalog(catalog: str, columns: Mapping[str, str]) -> str:
    def like(ending: str, kind: str) -> str | None:
        return next((f"x.{name}" for name, it in columns.items() if name.endswith(ending) and it == kind), None)

    name = next((f"x.{name}::text" for name, kind in columns.items() if kind == "name"), "NULL::text")
    owner = like("owner", "oid") or like("defaclrole", "oid")
    grants = next((f"x.{name}" for name, kind in columns.items() if kind == "aclitem[]"), None)
    if grants is not None and catalog in _ORDINARY_GRANTS and owner is not None:
        grants = f"coalesce({grants}, acldefault({_ORDINARY_GRANTS[catalog]}, {owner}))"
    kept = f"{grants}::text[]" if grants else "NULL::text[]"
    known = "true" if catalog == "pg_namespace" else f"x.oid >= {_FIRST_OF_USERS}"
    columns_of_all = (
        f"'{catalog}' AS catalog, x.tableoid AS class, x.oid, {name} AS name",
        f"{like('namespace', 'oid') or _WITHOUT_PLACE} AS place, {owner or 'NULL::oid'} AS owner",
        f"{_SWITCH.get(catalog, 'NULL::text')} AS switch, {kept} AS grants, x.xmin::text AS version",
    )
    where = f"{known} AND {_ONLY.get(catalog, 'true')}"
    return f"    SELECT {', '.join(columns_of_all)} FROM pg_catalog.{catalog} AS x WHERE {where}"  # noqa: S608


_ALL = """
WITH places AS MATERIALIZED (
    SELECT n.oid FROM pg_catalog.pg_namespace AS n
    WHERE n.nspname IN ('pg_toast', 'rdspatch', 'information_schema') OR n.nspname LIKE 'pg\\_temp%'
       OR n.nspname LIKE 'pg\\_toast\\_temp%'
), every AS MATERIALIZED (
{objects}
), links AS MATERIALIZED (
    SELECT d.classid, d.objid, json_agg(json_build_array(k.relname, d.refobjid, d.refobjsubid, d.deptype)) AS wholes
    FROM pg_catalog.pg_depend AS d JOIN pg_catalog.pg_class AS k ON k.oid = d.refclassid
    WHERE d.deptype IN ('a', 'i', 'e', 'P', 'S') AND d.objid >= {first} AND d.objsubid = 0
    GROUP BY d.classid, d.objid
), rows AS (
    SELECT json_build_array(e.catalog, e.oid, i.type, i.identity, e.name, e.place, pg_get_userbyid(e.owner),
                            e.switch, e.grants, e.version, l.wholes) AS row
    FROM every AS e
    CROSS JOIN LATERAL pg_identify_object(e.class, e.oid, 0) AS i
    LEFT JOIN links AS l ON l.classid = e.class AND l.objid = e.oid
    WHERE NOT EXISTS (SELECT FROM places AS p WHERE p.oid = e.place)
)
SELECT json_build_array((SELECT json_agg(row) FROM rows), (
    SELECT json_agg(json_build_array(c.oid, (
        SELECT json_agg(json_build_array(
            a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attacl::text[], d.xmin::text))
        FROM pg_catalog.pg_attribute AS a
        LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    )))
    FROM pg_catalog.pg_class AS c
    WHERE c.oid >= {first} AND c.relkind IN ('r', 'p', 'f', 'v', 'm', 'c')
      AND NOT EXISTS (SELECT FROM places AS p WHERE p.oid = c.relnamespace)
), (
    SELECT json_agg(c.oid) FROM pg_catalog.pg_class AS c WHERE c.relispartition AND c.relkind IN ('r', 'p', 'f')
), (
    SELECT json_agg(DISTINCT c.oid)
    FROM pg_catalog.pg_publication AS p
    JOIN pg_catalog.pg_publication_tables AS t ON t.pubname = p.pubname
    JOIN pg_catalog.pg_namespace AS n ON n.nspname = t.schemaname
    JOIN pg_catalog.pg_class AS c ON c.relname = t.tablename AND c.relnamespace = n.oid
    WHERE (p.pubupdate OR p.pubdelete) AND (c.relreplident = 'n' OR (c.relreplident = 'd' AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_index AS i WHERE i.indrelid = c.oid AND i.indisprimary
    )))
))
"""
