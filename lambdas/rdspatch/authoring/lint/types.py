"""Column types as patches write them, and what a change from one to the other costs."""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from postgast import pg_query_pb2 as pb
from postgast import unwrap_node

from rdspatch.authoring.tree import names

if TYPE_CHECKING:
    from rdspatch.authoring.tree import Node

_UNLIMITED = 1 << 30
_TEXTS = frozenset({"text", "varchar"})
_NUMBERS = ("int2", "int4", "int8", "numeric")
_FLOATS = ("float4", "float8")
_DIGITS = {"int2": 5, "int4": 10, "int8": 19}
_HELD = frozenset({("int2", "float4"), ("int2", "float8"), ("int4", "float8"), ("jsonb", "json")})
"""Pairs of which the second holds every value of the first, although they are no family."""
_BY_PRECISION = frozenset({"varchar", "varbit", "timestamp", "timestamptz", "time", "timetz"})
_MAX_PRECISION = 6


class TypeChange(enum.Enum):
    """What PostgreSQL does to the rows."""

    FREE = "free"
    """Nothing: only the catalog changes."""
    REWRITE = "rewrite"
    """Every row is written again, and keeps its value."""
    NARROWING = "narrowing"
    """A value may not fit, or comes out another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnType:
    """A type by the parser's name for it, such as `int8` for `bigint`."""

    name: str
    modifiers: tuple[int, ...] = ()
    array: bool = False

    def __str__(self) -> str:
        inside = f"({', '.join(map(str, self.modifiers))})" if self.modifiers else ""
        return f"{self.name}{inside}{'[]' if self.array else ''}"


def type_of(type_name: Node) -> ColumnType:
    """The type that a `TypeName` of the parse tree stands for."""
    modifiers = [unwrap_node(item) for item in type_name.typmods]
    numbers = tuple(item.ival.ival for item in modifiers if isinstance(item, pb.A_Const))
    return ColumnType(name=names(type_name.names)[-1], modifiers=numbers, array=bool(type_name.array_bounds))


def type_change(old: ColumnType, new: ColumnType) -> TypeChange:
    """What a change of a column's type, without `USING`, does to its rows."""
    if old == new:
        return TypeChange.FREE
    if old.array and new.array:
        return type_change(replace(old, array=False), replace(new, array=False))
    if old.array or new.array:
        return TypeChange.REWRITE if new == ColumnType(name="text") else TypeChange.NARROWING
    if old.name in _TEXTS and new.name in _TEXTS:
        return TypeChange.FREE if _limit(old) <= _limit(new) else TypeChange.NARROWING
    if old.name == new.name:
        return _same_name(old, new)
    return TypeChange.FREE if (old.name, new.name) == ("cidr", "inet") else _grown(old, new)


def _grown(old: ColumnType, new: ColumnType) -> TypeChange:
    if new.name == "text":
        return TypeChange.REWRITE
    if (old.name, new.name) in _HELD or ((old.name, new.name) == ("bpchar", "varchar") and _limit(old) <= _limit(new)):
        return TypeChange.REWRITE
    if old.name in _DIGITS and new.name == "numeric" and new.modifiers:
        precision, scale = (*new.modifiers, 0)[:2]
        return TypeChange.REWRITE if precision - scale >= _DIGITS[old.name] else TypeChange.NARROWING
    for family in (_NUMBERS, _FLOATS):
        if old.name in family and new.name in family:
            grows = family.index(old.name) < family.index(new.name) and not new.modifiers
            return TypeChange.REWRITE if grows else TypeChange.NARROWING
    return TypeChange.NARROWING


def _same_name(old: ColumnType, new: ColumnType) -> TypeChange:
    if old.name == "numeric":
        return _numeric(old.modifiers, new.modifiers)
    if old.name in _BY_PRECISION and _limit(old) <= _limit(new):
        return TypeChange.FREE
    return TypeChange.REWRITE if old.name == "bpchar" and _limit(old) <= _limit(new) else TypeChange.NARROWING


def _numeric(old: tuple[int, ...], new: tuple[int, ...]) -> TypeChange:
    """The scale must stay: another one rounds, or writes each value again."""
    if not new:
        return TypeChange.FREE
    if not old:
        return TypeChange.NARROWING
    (old_precision, old_scale), (new_precision, new_scale) = (*old, 0)[:2], (*new, 0)[:2]
    if old_scale == new_scale:
        return TypeChange.FREE if old_precision <= new_precision else TypeChange.NARROWING
    fits = old_scale <= new_scale and old_precision - old_scale <= new_precision - new_scale
    return TypeChange.REWRITE if fits else TypeChange.NARROWING


def _limit(column_type: ColumnType) -> int:
    if column_type.modifiers:
        return column_type.modifiers[0]
    if column_type.name == "bpchar":
        return 1
    return _MAX_PRECISION if column_type.name.startswith("time") else _UNLIMITED
