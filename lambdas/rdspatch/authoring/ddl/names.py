"""Names and bodies as a person would write them: quoted where PostgreSQL needs it, and otherwise plain."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from postgast import pg_query_pb2 as pb
from postgast import scan

from rdspatch.adapters.postgres.quoting import identifier, literal

if TYPE_CHECKING:
    from collections.abc import Iterable

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*", re.ASCII)
_PART = re.compile(r'"((?:[^"]|"")+)"|([^\s".,()]+)')
_HARMLESS = frozenset({pb.NO_KEYWORD, pb.UNRESERVED_KEYWORD})


def quoted(name: str) -> str:
    """The name as `quote_ident` of the server writes it."""
    return name if _PLAIN.fullmatch(name) and _is_no_keyword(name) else identifier(name)


def qualified(path: Iterable[str]) -> str:
    """A dotted name, from the schema inwards."""
    return ".".join(quoted(name) for name in path)


def regclass(path: Iterable[str]) -> str:
    """The expression that stands for the relation's identifier."""
    return f"{literal(qualified(path))}::regclass"


def read_name(text: str) -> tuple[tuple[str, ...], str]:
    """The dotted name that a text of the server's starts with, and the text behind it.

    Raises:
        ValueError: It starts with no name.
    """
    parts: list[str] = []
    end = 0
    while True:
        match = _PART.match(text, end)
        if match is None:
            raise ValueError(f"no name at the start of {text!r}")
        parts.append(match[1].replace('""', '"') if match[1] else match[2])
        end = match.end()
        if text[end : end + 1] != ".":
            return tuple(parts), text[end:].lstrip()
        end += 1


def dollar_quoted(body: str) -> str:
    """The body between dollar signs, with a tag that it does not hold."""
    tags = itertools.chain(("$$",), (f"$rdspatch{number}$" for number in itertools.count()))
    tag = next(tag for tag in tags if tag not in body)
    return f"{tag}{body}{tag}"


def _is_no_keyword(plain: str) -> bool:
    return all(token.keyword_kind in _HARMLESS for token in scan(plain).tokens)
