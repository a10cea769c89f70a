"""Counts the statements that the server has completed in the message under way.

The driver keeps no such count, and an error without a position needs it to name the statement that failed.
"""

from __future__ import annotations

from typing import Any


class CompletedStatements:
    """Attached to one driver connection; `reset` before each message, then read `count`."""

    def __init__(self, connection: Any) -> None:
        self.count = 0
        handlers = connection.message_types
        original = handlers[b"C"]

        def handle(data: bytes, context: object) -> None:
            self.count += 1
            original(data, context)

        handlers[b"C"] = handle

    def reset(self) -> None:
        self.count = 0
