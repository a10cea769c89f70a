"""What the handlers use of Lambda's context object."""

from __future__ import annotations

from typing import Protocol


class InvocationContext(Protocol):
    """One invocation, as Lambda describes it."""

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda kills this invocation."""
        ...
