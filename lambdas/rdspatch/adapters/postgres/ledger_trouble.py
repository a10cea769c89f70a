"""What it means when the ledger cannot be read, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rdspatch.adapters.postgres.sqlstate import INSUFFICIENT_PRIVILEGE, INVALID_PARAMETER, UNDEFINED_COLUMN
from rdspatch.core.errors import AccessDenied, LedgerUnusable, RdspatchError
from rdspatch.core.failure import FailureKind

if TYPE_CHECKING:
    from rdspatch.core.failure import SqlFailure

TABLE_MISSING = (
    "the schema rdspatch is there and its table ledger is not: restore the table from a backup; "
    "every patch would run again without it"
)


def ledger_trouble(failure: SqlFailure, *, owner_role: str | None) -> RdspatchError:
    """The error for a ledger that is there, or may be, and cannot be read; never "apply everything"."""
    message = f"{failure.message} (SQLSTATE {failure.sqlstate})"
    if owner_role and failure.statement is None and failure.sqlstate in (INVALID_PARAMETER, INSUFFICIENT_PRIVILEGE):
        return AccessDenied(f"the role {owner_role} cannot be used: {message}; create it and GRANT it to the login")
    if failure.kind is FailureKind.HIDDEN:
        return LedgerUnusable(
            f"row security would hide rows of the ledger, and with them what is applied: {message}; "
            "ALTER TABLE … NO FORCE ROW LEVEL SECURITY and DISABLE ROW LEVEL SECURITY, for rdspatch.ledger and "
            "rdspatch.progress, or let the role BYPASSRLS",
        )
    if failure.kind is FailureKind.DENIED:
        return AccessDenied(
            f"the ledger cannot be read: {message}; run as the role that owns it (owner_role), or GRANT USAGE on the "
            "schema rdspatch and SELECT on its tables to the role, which may look then and not apply",
        )
    if failure.sqlstate == UNDEFINED_COLUMN:
        return LedgerUnusable(f"rdspatch.ledger has another shape: {message}; restore the table from a backup")
    return LedgerUnusable(f"rdspatch.ledger cannot be read: {message}; repair the table, then run again")
