"""Records what a message's queries return without reading the values, so that none can be unreadable.

The driver keeps one list of rows for a whole message, and decodes each value by its type.
"""

from __future__ import annotations

import contextlib
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_COUNT = struct.Struct("!h")
_FIELD = struct.Struct("!ihihih")
_LENGTH = struct.Struct("!i")


@dataclass(slots=True)
class Returned:
    """What one query returned."""

    types: tuple[int, ...]
    """The object identifiers of its columns' types."""
    rows: int = 0
    value: str | None = None
    """The first column of the first row, as text."""


class Recorder:
    """Attached to one driver connection."""

    def __init__(self, connection: Any) -> None:
        self._results: list[Returned] | None = None
        handlers = connection.message_types
        describe, take = handlers[b"T"], handlers[b"D"]

        def on_description(data: bytes, context: object) -> None:
            describe(data, context)
            if self._results is not None:
                self._results.append(Returned(_types(data)))

        def on_row(data: bytes, context: object) -> None:
            if self._results is None:
                take(data, context)
                return
            current = self._results[-1]
            if current.rows == 0 and current.types:
                current.value = _first_value(data)
            current.rows += 1

        handlers[b"T"], handlers[b"D"] = on_description, on_row

    @contextlib.contextmanager
    def recording(self) -> Iterator[list[Returned]]:
        """The results of the queries that are sent meanwhile."""
        results: list[Returned] = []
        self._results = results
        try:
            yield results
        finally:
            self._results = None


def _types(data: bytes) -> tuple[int, ...]:
    found, place = [], _COUNT.size
    for _ in range(_COUNT.unpack_from(data)[0]):
        place = data.index(b"\x00", place) + 1
        found.append(_FIELD.unpack_from(data, place)[2])
        place += _FIELD.size
    return tuple(found)


def _first_value(data: bytes) -> str | None:
    (length,) = _LENGTH.unpack_from(data, _COUNT.size)
    start = _COUNT.size + _LENGTH.size
    return None if length < 0 else bytes(data[start : start + length]).decode(errors="replace")
