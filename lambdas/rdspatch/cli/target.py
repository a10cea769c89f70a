"""The database that a command works on, and the run that it counts as."""

from __future__ import annotations

import secrets

from rdspatch.adapters.clock import SystemClock
from rdspatch.adapters.credentials import GivenCredentials
from rdspatch.adapters.postgres import PostgresDatabase
from rdspatch.core.database_url import parse_database_url
from rdspatch.core.run import Run


def open_database(url: str) -> PostgresDatabase:
    """The database behind a URL; nothing is sent yet. Raises BadSettings with every problem of the URL."""
    parsed = parse_database_url(url)
    return PostgresDatabase(parsed.settings, GivenCredentials(parsed.user, parsed.password))


def new_run() -> Run:
    """A run of the command line; its id says so in the ledger."""
    now = SystemClock().now()
    return Run(
        id=f"cli-{now:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}",
        started_at=now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    )
