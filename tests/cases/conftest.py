"""Small projects through the real command line, on a real server."""

from __future__ import annotations

from tests.cli.conftest import clean_environment, database, shell

__all__ = ["clean_environment", "database", "shell"]
