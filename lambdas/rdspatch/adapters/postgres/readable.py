"""How the driver reads values: as text, but for a few types whose every value it can read.

A patch or a `verify:` query may return any value of any type. The driver has a reader for most types, and most of those
readers fail on some value: `24:00` of time, `[0:1]={5,6}` of integer[], `infinity` of date, a composite. A reader that
fails also leaves the rest of the answer unread, and the connection of no use.
"""

from __future__ import annotations

import codecs
from collections import defaultdict
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from pg8000.converters import (
    BIGINT,
    BOOLEAN,
    FLOAT,
    INTEGER,
    NUMERIC,
    OID,
    PG_TYPES,
    REAL,
    SMALLINT,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from _typeshed import ReadableBuffer

_ALWAYS_READABLE: Final = (BOOLEAN, SMALLINT, INTEGER, BIGINT, OID, REAL, FLOAT, NUMERIC)
"""NaN and the infinities are among what `float` and `Decimal` read."""
READERS: Final[Mapping[int, Callable[[str], Any]]] = MappingProxyType(
    {kind: PG_TYPES[kind] for kind in _ALWAYS_READABLE}
)
"""By the types' object identifiers; json is text, too, and is parsed by whoever asked for it."""
_PREFIX: Final = "replacing_"


def text_unless_readable() -> defaultdict[int, Callable[[str], Any]]:
    """What goes into the driver's `pg_types`."""
    return defaultdict(lambda: str, READERS)


def tolerant(encoding: str) -> str:
    """A name for an encoding under which bytes that do not belong to it are read as U+FFFD.

    A database of encoding SQL_ASCII holds bytes that the server converts into nothing else.
    """
    return encoding if encoding.startswith(_PREFIX) else _PREFIX + encoding


def _find(name: str) -> codecs.CodecInfo | None:
    if not name.startswith(_PREFIX):
        return None
    plain = codecs.lookup(name.removeprefix(_PREFIX))

    def decode(data: ReadableBuffer, errors: str = "strict", /) -> tuple[str, int]:
        return plain.decode(data, "replace" if errors == "strict" else errors)

    return codecs.CodecInfo(name=name, encode=plain.encode, decode=decode)


codecs.register(_find)
