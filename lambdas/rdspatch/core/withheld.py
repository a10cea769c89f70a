"""SQL as a message may show it: without its constants, which may be somebody's data or a secret."""

from __future__ import annotations

import re

_CONSTANTS = re.compile(r"['$].*['$]", re.DOTALL)
"""From the first quote to the last: a constant may hold quotes of its own."""


def without_constants(query: str) -> str:
    """The query with everything between its first and its last quote left out."""
    return _CONSTANTS.sub("'…'", query)
