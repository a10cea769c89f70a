"""JSON values as messages name them: in JSON's own words, and never long."""

from __future__ import annotations

import reprlib
from collections.abc import Mapping, Sequence

MAX_SHOWN_CHARACTERS = 60

_SHORT = reprlib.Repr()
_SHORT.maxlevel = 2  # a value nested a thousand deep must not end in RecursionError here
_SHORT.maxstring = _SHORT.maxother = MAX_SHOWN_CHARACTERS
_SHORT.maxlist = _SHORT.maxdict = 3
_WORDS = {None: "null", True: "true", False: "false"}


def shown(value: object) -> str:
    """The value, cut to 60 characters; characters that no log should hold are escaped."""
    text = _WORDS[value] if value is None or isinstance(value, bool) else _SHORT.repr(value)
    return text if len(text) <= MAX_SHOWN_CHARACTERS else text[: MAX_SHOWN_CHARACTERS - 1] + "…"


def kind(value: object) -> str:
    """What sort of value it is."""
    match value:
        case None | bool():
            return shown(value)
        case str():
            return "a text"
        case int() | float():
            return "a number"
        case Mapping():
            return "an object"
        case Sequence():
            return "a list"
        case _:
            return type(value).__name__
