"""Numbers of things, as messages say them."""

from __future__ import annotations


def counted(count: int, one: str, many: str) -> str:
    """The number and its noun: `1 patch`, `2 patches`."""
    return f"{count} {one if count == 1 else many}"
