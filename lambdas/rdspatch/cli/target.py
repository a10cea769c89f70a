"""The database that a command works on, and the run that it counts as."""

from __future__ import annotations

import secrets

from rdspatch.adapters.clock import SystemClock
from rdspatch.adapters.credentials import GivenCredentials
from rdspatch.adapters.postgres import PostgresDatabase
from rdspatch.core.database_url import parse_database_url
from rdspatch.core.lockfile import LockFile, require_search_path
from rdspatch.core.run import Run


def open_database(url: str, lock: LockFile | None = None) -> PostgresDatabase:
    """The database behind a URL; nothing is sent yet.

    Args:
        url: The URL.
        lock: The patches that are about to be compared with it or applied to it; None where there are none.

    Raises:
        BadSettings: With every problem of the URL; or it gives another search path than the patches were proven with.
    """
    parsed = parse_database_url(url)
    if lock is not None:
        require_search_path(lock, parsed.settings.search_path, where="--database")
    return PostgresDatabase(parsed.settings, GivenCredentials(parsed.user, parsed.password))


def new_run() -> Run:
    """A run of the command line; its id says so in the ledger."""
    now = SystemClock().now()
    return Run(
        id=f"cli-{now:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}",
        started_at=now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    )
