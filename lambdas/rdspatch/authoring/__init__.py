"""Before deployment: parse patches with PostgreSQL's own parser and write the lock file."""

from __future__ import annotations
