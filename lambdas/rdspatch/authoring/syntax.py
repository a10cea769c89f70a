"""What to say about text that PostgreSQL's parser does not take."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rdspatch.authoring.refusal import Refused
from rdspatch.authoring.refused_server import COPY_OVER_CONNECTION
from rdspatch.core.errors import Problem

if TYPE_CHECKING:
    from rdspatch.authoring.parser import SqlSyntaxError

_COPY_FROM_STDIN = re.compile(r"^[ \t]*copy\b[^;]*\bfrom\s+stdin\b[^;]*;[ \t]*\n", re.IGNORECASE | re.MULTILINE)
_END_OF_DATA = "\n\\."


def syntax_problem(file_name: str, text: str, error: SqlSyntaxError) -> Problem:
    """The server's own message and its place, or a better one for what only psql understands."""
    copy = _copy_before(text, error.position)
    if copy is not None:
        return Refused(refusal=COPY_OVER_CONNECTION, line=_line(text, copy)).problem(file_name)
    line = _line(text, error.position)
    if text.startswith("\\", error.position):
        return Problem(
            where=f"{file_name}:{line}",
            what=f"`{text[error.position :].split(maxsplit=1)[0]}` is a command of psql; the server does not know it",
            instead="write it as SQL, or leave it out",
        )
    column = error.position - text.rfind("\n", 0, error.position)
    return Problem(where=f"{file_name}:{line}:{column}", what=error.message)


def _copy_before(text: str, position: int) -> int | None:
    """Where the COPY starts whose data the parser stumbled over."""
    if _END_OF_DATA not in text[max(0, position - 1) :]:
        return None
    starts = [
        match.end() - len(match[0].lstrip()) for match in _COPY_FROM_STDIN.finditer(text) if match.end() <= position
    ]
    return starts[-1] if starts else None


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1
