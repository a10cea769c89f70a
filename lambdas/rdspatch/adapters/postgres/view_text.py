"""One text for one view, whatever the server's version.

Before PostgreSQL 16 a query of a single relation is printed with that relation's name before every column; since then
without, except inside subqueries. What differs is left out: with one relation the names say nothing.
"""

from __future__ import annotations

import re

_TOKEN = re.compile(r"""\s+|'(?:[^']|'')*'|"(?:[^"]|"")*"|[^\W\d][\w$]*|.""", re.DOTALL)
_SET_OPERATIONS = frozenset({"UNION", "INTERSECT", "EXCEPT"})


def view_text(definition: str) -> str:
    """The query of a view on one line, without the names that only older servers print.

    Args:
        definition: What `pg_get_viewdef` prints.
    """
    tokens = [" " if part.isspace() else part for part in _TOKEN.findall(definition.strip().removesuffix(";"))]
    only = _only_relation(tokens)
    if only is None:
        return "".join(tokens)
    places = range(len(tokens))
    dropped = {place for place in places if tokens[place : place + 2] == [only, "."]}
    return "".join(tokens[place] for place in places if place not in dropped and place - 1 not in dropped)


def _only_relation(tokens: list[str]) -> str | None:
    """The name by which the outermost query knows its relation, if it has just one."""
    outer, depth = [], 0
    for part in tokens:
        depth -= part == ")"
        if depth == 0 and part != " ":
            outer.append(part)
        depth += part == "("
    if "FROM" not in outer or _SET_OPERATIONS & set(outer):
        return None
    clause = outer[outer.index("FROM") + 1 :]
    name = None
    for part in clause:
        if part == ",":
            return None
        if part[0] == '"' or part[0].isalpha() or part[0] == "_":
            if part[0] != '"' and part.isupper():  # a name in upper case is printed in quotes
                if part == "ONLY":
                    continue
                break
            name = part
    return name
