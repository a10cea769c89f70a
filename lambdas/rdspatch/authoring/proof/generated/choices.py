"""What may stand in the columns of a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rdspatch.adapters.postgres.quoting import identifier, literal
from rdspatch.authoring.proof.connection import Refused
from rdspatch.authoring.proof.generated.demands import suggested
from rdspatch.authoring.proof.generated.order import Break
from rdspatch.authoring.proof.generated.row import DEFAULT, NULL, Choice
from rdspatch.authoring.proof.generated.values import samples

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rdspatch.authoring.proof.connection import Connection
    from rdspatch.authoring.proof.generated.order import Broken
    from rdspatch.authoring.proof.generated.tables import Column, ForeignKey, Table

_MOST_PARENTS = 12
"""Rows of a parent that are looked at."""
_MOST_JOINED = 60
"""Ways to fill several keys that share columns."""

Values = dict[str, str]


class NoValue(Exception):
    """Nothing can stand in a column that must hold something; the text says why."""


class Chooser:
    """Offers values, and remembers for one run over all tables what the server said of them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._accepted: dict[str, bool] = {}
        self._rows: dict[tuple[str, tuple[str, ...]], list[tuple[str, ...]]] = {}

    def choices(self, table: Table, number: int, broken: Sequence[Broken], *, thorough: bool) -> tuple[Choice, ...]:
        """Of the row of a number.

        Args:
            table: Where the row goes.
            number: From 1.
            broken: The table's keys that are not looked at yet.
            thorough: Whether the texts of constraints are searched for values.

        Raises:
            NoValue: There is none for a column, or no row of a parent.
        """
        held = [key for key in table.foreign if all(key is not one.key for one in broken)]
        empty = {name for one in broken if one.way is Break.NULL for name in one.key.mine}
        columns = {column.name: column for column in table.columns}
        found = [self._of_keys(group, columns, number) for group in _groups(held)]
        taken = {name for choice in found for name in choice.columns}
        for column in table.columns:
            if column.name in taken or column.is_generated:
                continue
            if column.name in empty and not column.is_required:
                found.append(Choice((column.name,), ((NULL,),)))
            else:
                found.append(self._of_column(table, column, number, thorough=thorough))
        return tuple(found)

    def parent_rows(self, key: ForeignKey, *, anew: bool = False) -> list[tuple[str, ...]]:
        """Values that a key may take, as the parent's rows have them, as literals without a type."""
        theirs = tuple(column for _, column in key.columns)
        cached = None if anew else self._rows.get((key.parent, theirs))
        if cached is None:
            names = [f"r.{identifier(column)}" for column in theirs]
            texts, order = ", ".join(f"{name}::text" for name in names), ", ".join(names)
            present = " AND ".join(f"{name} IS NOT NULL" for name in names)
            found = self._connection.execute(
                f"SELECT {texts} FROM {key.parent} AS r WHERE {present} ORDER BY {order} LIMIT {_MOST_PARENTS}"  # noqa: S608 - quoted
            )
            cached = [tuple(literal(value) for value in row) for row in found]
            self._rows[key.parent, theirs] = cached
        return cached

    def forget_rows(self) -> None:
        """What was read of tables may have been rolled back."""
        self._rows.clear()

    def _of_keys(self, keys: Sequence[ForeignKey], columns: Mapping[str, Column], number: int) -> Choice:
        joined: list[Values] = [{}]
        for key in sorted(keys, key=lambda one: -len(one.columns)):
            rows = self.parent_rows(key)
            offered = [dict(zip(key.mine, row, strict=True)) for row in rows]
            joined = [old | new for old in joined for new in offered if _agree(old, new)][:_MOST_JOINED]
        names = tuple(dict.fromkeys(name for key in keys for name in key.mine))
        start = (number - 1) % len(joined) if joined else 0
        options = [self._cast(values, names, columns) for values in (*joined[start:], *joined[:start])]
        if all(any(not columns[name].is_required for name in key.mine) for key in keys):
            first = joined[0] if joined else {}
            options.append(
                tuple(
                    self._required(columns[name], first.get(name), number) if columns[name].is_required else NULL
                    for name in names
                )
            )
        if not options:
            empty = sorted({key.parent.replace('"', "") for key in keys if not self.parent_rows(key)})
            raise NoValue(f"there is no row of {' and '.join(empty)} that its foreign keys could name" if empty
                          else "no rows of its foreign keys' tables fit together")  # fmt: skip
        return Choice(names, tuple(options))

    def _required(self, column: Column, value: str | None, number: int) -> str:
        return f"{value}::{column.type.name}" if value else self._samples(column, number)[0]

    def _cast(self, values: Values, names: Sequence[str], columns: Mapping[str, Column]) -> tuple[str, ...]:
        return tuple(f"{values[name]}::{columns[name].type.name}" for name in names)

    def _of_column(self, table: Table, column: Column, number: int, *, thorough: bool) -> Choice:
        given: list[str] = []
        if thorough:
            rules = [rule.expression for rule in table.expressions if column.name in rule.columns]
            given += suggested(column.type, rules, number, self._all_accepted)
        given += samples(column.type, number, self._accepts)
        if column.is_automatic:
            given.insert(0, DEFAULT)
        elif column.has_default:
            given.append(DEFAULT)
        if not column.is_required and not column.type.is_required:
            given.append(NULL)
        if not given:
            raise NoValue(f"no value of type {column.type.name} is known for its column {column.name}")
        return Choice((column.name,), tuple((value,) for value in dict.fromkeys(given)))

    def _samples(self, column: Column, number: int) -> tuple[str, ...]:
        found = samples(column.type, number, self._accepts)
        if not found:
            raise NoValue(f"no value of type {column.type.name} is known for its column {column.name}")
        return found

    def _all_accepted(self, expressions: Sequence[str]) -> tuple[str, ...]:
        unknown = [expression for expression in expressions if expression not in self._accepted]
        if unknown and self._accepts(", ".join(unknown)):
            self._accepted |= dict.fromkeys(unknown, True)
        return tuple(expression for expression in expressions if self._accepts(expression))

    def _accepts(self, expression: str) -> bool:
        if expression not in self._accepted:
            try:
                self._connection.execute(f"SAVEPOINT accepts; SELECT {expression}; RELEASE accepts")
                self._accepted[expression] = True
            except Refused:
                self._connection.execute("ROLLBACK TO accepts; RELEASE accepts")
                self._accepted[expression] = False
        return self._accepted[expression]


def _agree(one: Values, other: Values) -> bool:
    return all(one[name] == other[name] for name in one.keys() & other.keys())


def _groups(keys: Iterable[ForeignKey]) -> list[list[ForeignKey]]:
    """Keys that share columns, directly or by way of others, belong together."""
    groups: list[list[ForeignKey]] = []
    for key in keys:
        touching = [group for group in groups if any(set(key.mine) & set(other.mine) for other in group)]
        groups = [group for group in groups if group not in touching]
        groups.append([*(other for group in touching for other in group), key])
    return groups
