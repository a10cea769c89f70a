"""Whether a text names an object, as far as its words tell."""

from __future__ import annotations

import re


def mentions(text: str, name: str) -> bool:
    """Whether a text holds a name, quoted or not, as a word of its own."""
    word = re.escape(name.replace('"', '""'))
    return re.search(rf"(?<![\w$]){word}(?![\w$])", text, re.IGNORECASE) is not None
