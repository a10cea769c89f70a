"""The rows of every table, so that two moments can be compared."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rdspatch.adapters.postgres.quoting import identifier, literal
from rdspatch.authoring.proof.connection import SETTINGS, Refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rdspatch.authoring.proof.connection import Connection

_AT_ONCE = 200
"""Tables in one query."""
_COLUMNS = """
SELECT c.oid, n.nspname, c.relname, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod)
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'rdspatch')
  AND n.nspname NOT LIKE 'pg\\_temp%'
ORDER BY c.oid, a.attnum
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table at one moment; a value is text or None."""

    name: str
    columns: Mapping[int, tuple[str, str]]
    """Name and type, by number."""
    rows: tuple[tuple[str, tuple[str | None, ...]], ...]
    """The transaction that wrote each row, and its values in the order of `columns`."""

    def written(self) -> Counter[tuple[str, tuple[str | None, ...]]]:
        return Counter(self.rows)

    def values(self, numbers: tuple[int, ...]) -> Counter[tuple[str | None, ...]]:
        places = [list(self.columns).index(number) for number in numbers]
        return Counter(tuple(row[place] for place in places) for _, row in self.rows)


def read_rows(connection: Connection, like: Mapping[int, Table] | None = None) -> dict[int, Table]:
    """The rows of every table, by the tables' object identifiers.

    Args:
        connection: To the database.
        like: An earlier moment: a value whose column has another type since is cast back to its type of then, so that
            only what was lost on the way differs.
    """
    connection.execute(SETTINGS)  # a statement's own surroundings may have left another time zone
    found = connection.execute(_COLUMNS)
    queries, tables = {}, {}
    for oid, group in itertools.groupby(found, key=lambda row: row[0]):
        described = list(group)
        _, schema, name = described[0][:3]
        columns = {number: (column, kind) for *_, number, column, kind in described if number is not None}
        earlier = like[oid].columns if like and oid in like else {}
        quoted = f"{identifier(schema)}.{identifier(name)}"
        queries[oid] = plain = _query(oid, quoted, columns, {})
        for way in ("::", "::text::"):
            query = _query(oid, quoted, columns, earlier, way)
            if query != plain and _is_castable(connection, query):
                queries[oid] = query
                break
        tables[oid] = (f"{schema}.{name}", columns)
    rows: dict[int, list[tuple[str, tuple[str | None, ...]]]] = {oid: [] for oid in tables}
    for batch in _batches(list(queries.values())):
        for oid, writer, values in connection.execute(" UNION ALL ".join(batch)):
            rows[int(oid)].append((writer, tuple(json.loads(values))))
    return {oid: Table(name=name, columns=columns, rows=tuple(rows[oid])) for oid, (name, columns) in tables.items()}


def changed_values(before: Mapping[int, Table], after: Mapping[int, Table]) -> tuple[str, ...]:
    """The columns whose values are not what they were, and the tables that gained or lost rows; by qualified names."""
    found = []
    for oid, table in before.items():
        now = after.get(oid)
        if now is None:
            continue
        common = tuple(number for number in table.columns if number in now.columns)
        if table.values(common) == now.values(common):
            continue
        columns = [number for number in common if table.values((number,)) != now.values((number,))]
        is_moved = len(table.rows) != len(now.rows) or not columns
        found += [now.name] if is_moved else [f"{now.name}.{now.columns[number][0]}" for number in columns]
    return tuple(sorted(found))


def rewritten_rows(before: Mapping[int, Table], after: Mapping[int, Table]) -> tuple[str, ...]:
    """The tables with a row that was inserted, updated or deleted in between; by qualified names."""
    return tuple(
        sorted(table.name for oid, table in before.items() if oid in after and after[oid].written() != table.written())
    )


def _query(
    oid: int,
    table: str,
    columns: Mapping[int, tuple[str, str]],
    earlier: Mapping[int, tuple[str, str]],
    way: str = "::",
) -> str:
    """The rows of one table; a column of another type than earlier is cast back, straight or by way of text."""
    texts = []
    for number, (name, kind) in columns.items():
        was = earlier.get(number, (name, kind))[1]
        texts.append(f"{identifier(name)}{f'{way}{was}' if was != kind else ''}::text")
    values = f"array_to_json(ARRAY[{', '.join(texts)}]::text[])::text"
    return f"SELECT {literal(str(oid))}, xmin::text, {values} FROM ONLY {table}"  # noqa: S608 - quoted


def _is_castable(connection: Connection, query: str) -> bool:
    try:
        connection.execute(query)
    except Refused:
        return False
    return True


def _batches(queries: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(queries), _AT_ONCE):
        yield queries[start : start + _AT_ONCE]
