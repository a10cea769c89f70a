"""A migration tool as the benchmarks see it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """How a tool is started once."""

    words: Sequence[str | Path]
    environment: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """One contestant."""

    name: str
    version: str
    settings: str
    """What is not its default, and what it does for each migration; stated beside every value."""
    prepare: Callable[[Path, Sequence[str]], object]
    """Write these texts as its migrations into an empty directory."""
    command: Callable[[Path, str], Command]
    """Bring a database, named without its server, up to date with a directory."""
    is_interpreted: bool = True
