"""The SQL files beside this module."""

from __future__ import annotations

from functools import cache
from importlib import resources


@cache
def text_of(name: str) -> str:
    """The text of one file."""
    return resources.files("rdspatch.adapters.postgres").joinpath(name).read_text(encoding="utf-8")
