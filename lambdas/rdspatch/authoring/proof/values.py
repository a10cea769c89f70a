"""One generated row: a value for each column, by type and by what constraints quote."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rdspatch.adapters.postgres.quoting import identifier, literal

if TYPE_CHECKING:
    from collections.abc import Sequence

_FAR = 31_000
"""Away from the ids of rows that a baseline brings, and still a smallint."""
_SIZE = re.compile(r"\((\d+)")


class Way(enum.Enum):
    """How values are chosen; the next one is tried when a table refuses the one before."""

    DISTINCT = "large and distinct"
    SMALL = "small"
    MINIMAL = "null where that is allowed"
    LEAVE_DEFAULTS = "whatever the table itself gives"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """What the catalog says of one column."""

    name: str
    type: str
    base: str
    """Under a domain, the type that it is made of."""
    is_required: bool
    is_automatic: bool
    """Identity, generated or from a sequence of its own; given a value only where the sequence's is taken."""
    is_fixed: bool
    """Takes no value from outside."""
    has_default: bool
    labels: tuple[str, ...] = ()
    literals: tuple[str, ...] = ()
    """What is quoted in its constraints and its partition's bounds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignKey:
    """Columns of one table, and where their values come from."""

    parent: int
    table: str
    columns: tuple[tuple[str, str], ...]


def row_of(columns: Sequence[Column], keys: Sequence[ForeignKey], number: int, way: Way) -> dict[str, str]:
    """SQL expressions by column, for the row of this number (from 1); columns that fill themselves are left out."""
    given = {mine: _picked(key, theirs, number, way) for key in keys for mine, theirs in key.columns}
    row = {}
    for column in columns:
        if column.is_fixed or (column.is_automatic and way is not Way.SMALL):
            continue
        if way is Way.LEAVE_DEFAULTS and column.has_default:
            continue
        if way is Way.MINIMAL and not column.is_required:
            row[column.name] = "NULL"
        else:
            row[column.name] = given.get(column.name) or _value(column, number, way)
    return row


def _picked(key: ForeignKey, column: str, number: int, way: Way) -> str:
    order = ", ".join(f"r.{identifier(theirs)}" for _, theirs in key.columns)
    skipped = number - 1 if way is Way.DISTINCT else 0
    return f"(SELECT r.{identifier(column)} FROM {key.table} AS r ORDER BY {order} OFFSET {skipped} LIMIT 1)"  # noqa: S608 - quoted


def _value(column: Column, number: int, way: Way) -> str:
    if column.labels and not column.base.endswith("[]"):
        return literal(column.labels[(number - 1) % len(column.labels)])
    if column.literals:
        return f"{literal(column.literals[(number - 1) % len(column.literals)])}::{column.type}"
    is_small = way is Way.SMALL and not column.is_automatic
    text = _text(column.base, number if is_small else _FAR + number, number)
    return "NULL" if text is None else f"{literal(text)}::{column.type}"


def _text(kind: str, large: int, number: int) -> str | None:
    """The value as the type reads it; None for a type that nothing is known of."""
    if kind.endswith("[]"):
        return "{}"
    name = kind.partition("(")[0].partition(" with")[0]
    sized = _SIZE.search(kind)
    if name in ("smallint", "integer", "bigint", "oid", "real", "double precision", "money", "text", "citext"):
        return str(large)
    if name.startswith("character"):
        return str(large)[-int(sized[1]) if sized else 0 :]
    if name.startswith("bit"):
        width = int(sized[1]) if sized else 1
        return f"{number:0{width}b}"[-width:]
    if name == "numeric":
        return str(number if sized else large)
    return _by_name(name, large, number)


def _by_name(name: str, large: int, number: int) -> str | None:
    days = f"[2001-02-0{number},2001-02-0{number}]"
    numbers = f"[{large},{large}]"
    known = {
        "boolean": "true" if number % 2 else "false",
        "date": f"2001-02-0{number}",
        "time": f"0{number}:00",
        "timestamp": f"2001-02-0{number} 12:00:00+00",
        "interval": f"{number} days",
        "uuid": f"00000000-0000-4000-8000-{large:012}",
        "json": f'{{"n": {number}}}',
        "jsonb": f'{{"n": {number}}}',
        "bytea": f"\\x0{number}",
        "inet": f"10.0.0.{number}",
        "cidr": f"10.0.{number}.0/24",
        "macaddr": f"08:00:2b:01:02:0{number}",
        "xml": f"<n>{number}</n>",
        "tsvector": f"n{number}",
        "tsquery": f"n{number}",
        "point": f"({number},{number})",
        "int4range": numbers,
        "int8range": numbers,
        "numrange": numbers,
        "daterange": days,
        "tstzrange": days,
        "tsrange": days,
    }
    return known.get(name)
