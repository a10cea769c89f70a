"""How often PostgreSQL evaluates an expression: once for all rows, or again for each.

The volatility of PostgreSQL's own functions, and of those of the extensions that come with it, is in
`volatility.txt`, which `volatility_table.py` writes from `pg_proc` of real servers.
"""

from __future__ import annotations

import enum
from functools import cache, total_ordering
from pathlib import Path
from typing import TYPE_CHECKING

from postgast import pg_query_pb2 as pb

from rdspatch.authoring.tree import Node, executed_nodes, names

if TYPE_CHECKING:
    from collections.abc import Mapping

TABLE = Path(__file__).with_name("volatility.txt")


@total_ordering
class Volatility(enum.Enum):
    """As in `pg_proc.provolatile`; a later one is worse."""

    IMMUTABLE = "immutable"
    STABLE = "stable"
    """The same for all rows of one statement, such as `now()`."""
    VOLATILE = "volatile"
    """Another value at each call, such as `random()`."""

    def __lt__(self, other: Volatility) -> bool:
        order = list(Volatility)
        return order.index(self) < order.index(other)


@cache
def builtin_functions() -> Mapping[str, Volatility]:
    """By name, without schema."""
    found = {}
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        level, _, functions = line.partition(": ")
        found.update(dict.fromkeys(functions.split(), Volatility(level)))
    return found


def volatility_of(expression: Node, functions: Mapping[str, Volatility]) -> Volatility:
    """The worst of what an expression calls. Operators and casts are taken for harmless: PostgreSQL's own are.

    Args:
        expression: Without a query in it, as in a default.
        functions: Those that are no built-in ones, by name; one that nobody knows counts as volatile.
    """
    return max((level for _, level in calls_in(expression, functions)), default=Volatility.IMMUTABLE)


def calls_in(expression: Node, functions: Mapping[str, Volatility]) -> list[tuple[str, Volatility]]:
    """Each function that an expression calls, with its volatility."""
    found = []
    for _, node in executed_nodes(expression):
        match node:
            case pb.FuncCall():
                name = names(node.funcname)[-1]
                level = functions.get(name) or builtin_functions().get(name, Volatility.VOLATILE)
                found.append((name, level))
            case pb.SQLValueFunction():
                found.append(("", Volatility.STABLE))
    return found
