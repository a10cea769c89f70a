"""A few rows for every table, so that a patch meets data before it meets production."""

from __future__ import annotations

import json
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from rdspatch.adapters.postgres.quoting import identifier
from rdspatch.authoring.proof.connection import Refused
from rdspatch.authoring.proof.values import Column, ForeignKey, Way, row_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rdspatch.authoring.proof.connection import Connection

ROWS = 3
_FACTS = """
SELECT c.oid, n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
       a.attidentity <> '' OR a.attgenerated <> '' OR pg_get_serial_sequence(
           quote_ident(n.nspname) || '.' || quote_ident(c.relname), a.attname) IS NOT NULL,
       a.attgenerated <> '' OR a.attidentity = 'a', a.atthasdef, t.typtype = 'd', format_type(b.oid, t.typtypmod),
       (SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum AS e WHERE e.enumtypid IN (t.oid, b.oid)),
       (SELECT json_agg(l.text) FROM (
            SELECT DISTINCT m[1] AS text, strpos(d.text, m[1]) AS place
            FROM (SELECT pg_get_constraintdef(k.oid) AS text FROM pg_constraint AS k
                  WHERE (k.conrelid = c.oid AND k.contype = 'c' AND a.attnum = ANY (k.conkey)) OR k.contypid = t.oid
                  UNION ALL SELECT split_part(pg_get_expr(c.relpartbound, c.oid), ') TO (', 1) WHERE c.relispartition
                      AND EXISTS (SELECT FROM pg_inherits AS i
                          JOIN pg_partitioned_table AS p ON p.partrelid = i.inhparent
                          JOIN pg_attribute AS x ON x.attrelid = i.inhparent AND x.attnum = ANY (p.partattrs::int2[])
                          WHERE i.inhrelid = c.oid AND x.attname = a.attname)) AS d,
                 regexp_matches(d.text, '''((?:[^'']|'''')*)''', 'g') AS m
            ORDER BY place, text) AS l)
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type AS t ON t.oid = a.atttypid
LEFT JOIN pg_type AS b ON b.oid = t.typbasetype
WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'rdspatch')
  AND n.nspname NOT LIKE 'pg\\_temp%'
ORDER BY n.nspname, c.relname, a.attnum
"""
_FOREIGN_KEYS = """
SELECT k.conrelid, k.confrelid, n.nspname, f.relname,
       (SELECT json_agg(json_build_array(a.attname, b.attname) ORDER BY p.place)
        FROM unnest(k.conkey, k.confkey) WITH ORDINALITY AS p (mine, theirs, place)
        JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = p.mine
        JOIN pg_attribute AS b ON b.attrelid = k.confrelid AND b.attnum = p.theirs)
FROM pg_constraint AS k
JOIN pg_class AS f ON f.oid = k.confrelid
JOIN pg_namespace AS n ON n.oid = f.relnamespace
WHERE k.contype = 'f'
ORDER BY k.conrelid, k.conname
"""


def generate_rows(connection: Connection) -> tuple[str, ...]:
    """Put rows into every table, respecting what the catalog says of its columns.

    Returns:
        The tables that stayed as they were, each with the server's reason.
    """
    tables, keys = _tables(connection), _foreign_keys(connection)
    skipped = []
    for oid in _parents_first(list(tables), keys):
        name, columns = tables[oid]
        reason = _fill(connection, name, columns, keys.get(oid, ()))
        if reason is not None:
            skipped.append(f"{name.replace(chr(34), '')}: {reason}")
    return tuple(sorted(skipped))


def _fill(connection: Connection, table: str, columns: Sequence[Column], keys: Sequence[ForeignKey]) -> str | None:
    reason = None
    for way in Way:
        rows = [row_of(columns, keys, number, way) for number in range(1, ROWS + 1)]
        names = ", ".join(identifier(name) for name in rows[0])
        values = ", ".join(f"({', '.join(row.values())})" for row in rows)
        source = f"({names}) VALUES {values}" if names else "DEFAULT VALUES"
        try:
            connection.execute(f"INSERT INTO {table} {source}")
        except Refused as refused:
            reason = reason or str(refused)
        else:
            return None
    return reason


def _tables(connection: Connection) -> dict[int, tuple[str, list[Column]]]:
    tables: dict[int, tuple[str, list[Column]]] = {}
    for (
        oid,
        schema,
        table,
        name,
        kind,
        required,
        automatic,
        fixed,
        default,
        is_domain,
        base,
        labels,
        texts,
    ) in connection.execute(_FACTS):
        column = Column(
            name=name,
            type=kind,
            base=base if is_domain else kind,
            is_required=required,
            is_automatic=automatic,
            is_fixed=fixed,
            has_default=default,
            labels=tuple(json.loads(labels or "[]")),
            literals=tuple(text.replace("''", "'") for text in json.loads(texts or "[]")),
        )
        tables.setdefault(oid, (f"{identifier(schema)}.{identifier(table)}", []))[1].append(column)
    return tables


def _foreign_keys(connection: Connection) -> dict[int, tuple[ForeignKey, ...]]:
    keys: dict[int, tuple[ForeignKey, ...]] = {}
    for table, parent, schema, name, pairs in connection.execute(_FOREIGN_KEYS):
        key = ForeignKey(
            parent=parent,
            table=f"{identifier(schema)}.{identifier(name)}",
            columns=tuple((mine, theirs) for mine, theirs in json.loads(pairs)),
        )
        keys[table] = (*keys.get(table, ()), key)
    return keys


def _parents_first(tables: Sequence[int], keys: Mapping[int, Sequence[ForeignKey]]) -> list[int]:
    sorter: TopologicalSorter[int] = TopologicalSorter()
    for table in tables:
        sorter.add(table, *(key.parent for key in keys.get(table, ()) if key.parent != table))
    try:
        return [table for table in sorter.static_order() if table in set(tables)]
    except CycleError:
        return list(tables)
