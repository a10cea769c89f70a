"""Indexes, from the text that the server prints for them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rdspatch.authoring.ddl.names import quoted, read_name

_HEAD = re.compile(r"CREATE (UNIQUE )?INDEX ")
_ONLY = "ONLY "


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexText:
    """A printed index, taken apart."""

    name: str
    unique: bool
    table: tuple[str, ...]
    rest: str
    """Everything behind the table: method, columns, predicate."""

    def create(self, *, guarded: bool, concurrently: bool = False) -> str:
        """The statement that builds it.

        Args:
            guarded: Whether to write IF NOT EXISTS.
            concurrently: Whether writers go on meanwhile; such a statement needs a message of its own.
        """
        words = ["CREATE", *(["UNIQUE"] if self.unique else []), "INDEX"]
        words += [*(["CONCURRENTLY"] if concurrently else []), *(["IF NOT EXISTS"] if guarded else [])]
        return " ".join([*words, quoted(self.name), "ON", ".".join(quoted(part) for part in self.table), self.rest])


def read_index(definition: str) -> IndexText:
    """Take apart what `pg_get_indexdef` prints.

    Raises:
        ValueError: The text is something else.
    """
    head = _HEAD.match(definition)
    if head is None:
        raise ValueError(f"no index: {definition!r}")
    name, rest = read_name(definition[head.end() :])
    table, rest = read_name(rest.removeprefix("ON ").removeprefix(_ONLY))
    return IndexText(name=name[-1], unique=head[1] is not None, table=table, rest=rest)
