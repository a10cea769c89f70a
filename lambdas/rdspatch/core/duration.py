"""Durations as patches and settings write them: `100ms`, `5s`, `1min`."""

from __future__ import annotations

import re
from datetime import timedelta

_DURATION = re.compile(r"(?P<count>[1-9][0-9]{0,8})(?P<unit>ms|s|min)")
_UNITS = {"ms": timedelta(milliseconds=1), "s": timedelta(seconds=1), "min": timedelta(minutes=1)}


def parse_duration(text: str) -> timedelta | None:
    """The duration that `text` stands for, or None when it is not one; zero is not one."""
    match = _DURATION.fullmatch(text)
    return int(match["count"]) * _UNITS[match["unit"]] if match else None


def milliseconds(duration: timedelta) -> int:
    """The duration in whole milliseconds, at least 1: PostgreSQL takes 0 for "no limit"."""
    return max(1, duration // timedelta(milliseconds=1))
