"""Whether a column's new type holds less than its old one, by the names that `format_type` gives them."""

from __future__ import annotations

import re

_TYPE = re.compile(r"(?P<name>[^(]+?)\s*(?:\((?P<size>\d+)(?:,(?P<scale>-?\d+))?\))?(?P<rest> with(?:out)? time zone)?")
_CHAINS = (
    ("smallint", "integer", "bigint", "numeric"),
    ("real", "double precision", "numeric"),
    ("date", "timestamp without time zone", "timestamp with time zone"),
    ("character", "character varying", "text"),
)
"""Each type holds what those before it hold."""


def narrows(before: str, after: str) -> bool:
    """Whether values may be lost or refused on the way: another order of magnitude, length or precision."""
    old, new = _parts(before), _parts(after)
    if old is None or new is None:
        return True
    if old[0] == new[0]:
        return _is_less(new[1], old[1]) or _is_less(new[2], old[2])
    if new[0] == "text" or (new == ("character varying", None, None) and old[0] in _CHAINS[-1]):
        return False
    for chain in _CHAINS:
        if old[0] in chain and new[0] in chain:
            return chain.index(new[0]) < chain.index(old[0]) or new[1] is not None
    return True


def _is_less(new: int | None, old: int | None) -> bool:
    """A type without a size holds any."""
    return new is not None and (old is None or new < old)


def _parts(text: str) -> tuple[str, int | None, int | None] | None:
    match = _TYPE.fullmatch(text)
    if match is None:
        return None
    size, scale = (int(match[group]) if match[group] else None for group in ("size", "scale"))
    name = match["name"] + (match["rest"] or "")
    if name == "numeric" and size is not None:
        return name, size - (scale or 0), scale or 0
    return name, size, scale
