"""Text from outside, made fit for a line on a terminal or in a log."""

from __future__ import annotations


def printable(text: str) -> str:
    """The text with everything escaped that would break a line or not be seen."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
