"""Waiting for something that another process does."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST_SECONDS = 30.0


def until(condition: Callable[[], Any], what: str) -> None:
    """Return when the condition holds; fail with what it was about when it takes too long."""
    deadline = time.monotonic() + LONGEST_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"never came true: {what}"
        time.sleep(0.01)
