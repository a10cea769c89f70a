"""SQL of every class of statement that the parser knows, with parts of others in the place of its own."""

from __future__ import annotations

import multiprocessing
from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING, Any

from google.protobuf.message import Message
from hypothesis import strategies as st
from postgast import PgQueryError, deparse, parse

from tests.authoring.statement_examples import EXAMPLES, GIVEN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection

TREES = tuple(parse(sql) for sql in (*(sql for several in EXAMPLES.values() for sql in several), GIVEN))


_FORKS = multiprocessing.get_context("forkserver")


def _write(pipe: Connection) -> None:
    while True:
        tree = type(TREES[0]).FromString(pipe.recv_bytes())
        try:
            pipe.send(str(deparse(tree)))
        except (PgQueryError, ValueError):
            pipe.send("")


class Writer:
    """Turns trees into text in a process of its own: of trees that no parser makes, the library dies."""

    def __init__(self) -> None:
        self._start()

    def _start(self) -> None:
        self._pipe, theirs = _FORKS.Pipe()
        self._process = _FORKS.Process(target=_write, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()

    def write(self, tree: bytes) -> str:
        try:
            self._pipe.send_bytes(tree)
            return str(self._pipe.recv())
        except (EOFError, OSError):
            self._process.join()
            self._start()
            return ""


@cache
def _writer() -> Writer:
    return Writer()


@cache
def written(tree: bytes) -> str:
    """A tree as text; empty where there is none for it."""
    return _writer().write(tree)


def parts(message: Any) -> Iterator[tuple[Any, Any, int | None]]:
    """Each message within a message: what holds it, in which field, and where in a list."""
    for field, value in message.ListFields():
        if field.message_type is not None:
            items = [value] if isinstance(value, Message) else list(value)
            for number, item in enumerate(items):
                yield message, field, None if isinstance(value, Message) else number
                yield from parts(item)


def _by_type() -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for tree in TREES:
        for holder, field, number in parts(tree):
            value = getattr(holder, field.name)
            found[field.message_type.name].append(value if number is None else value[number])
    return found


PARTS = _by_type()


@st.composite
def statements(draw: st.DrawFn) -> str:
    """A statement with up to four parts that are another's, or gone; as text, where there is one for such a tree."""
    tree = type(TREES[0])()
    tree.CopyFrom(draw(st.sampled_from(TREES)))
    for _ in range(draw(st.integers(0, 4))):
        places = list(parts(tree))
        holder, field, number = places[draw(st.integers(0, len(places) - 1))]
        value = getattr(holder, field.name)
        target = value if number is None else value[number]
        if draw(st.integers(0, 5)):
            other = PARTS[field.message_type.name]
            target.CopyFrom(other[draw(st.integers(0, len(other) - 1))])
        elif number is None:
            holder.ClearField(field.name)
        elif len(value) > 1:
            del value[number]
    return written(tree.SerializeToString())
