"""One patch that is to be written."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Statements that share a patch, and what to call them."""

    about: str
    """For the sentence of its header: `the columns of public.users`."""
    slug: str
    """For the name of its file: `users`; any text."""
    statements: tuple[str, ...]
    """Without their semicolons; each can run again."""
    directives: tuple[str, ...] = ("lock-timeout: 100ms",)
    """What its header says beside the sentence."""


ALONE = ("transaction: none",)
"""For what PostgreSQL refuses in a transaction."""
CHECKS_ROWS = ("lock-timeout: 100ms", "statement-timeout: 5min")
"""For what reads a table from end to end while everybody else goes on."""
