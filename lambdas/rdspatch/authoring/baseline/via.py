"""Who writes a baseline."""

from __future__ import annotations

import enum


class Via(enum.Enum):
    """Where its statements come from."""

    PG_DUMP = "pg_dump"
    SNAPSHOT = "snapshot"
