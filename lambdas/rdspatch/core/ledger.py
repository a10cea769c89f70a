"""The ledger: what the target database itself says has been applied to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

from rdspatch.core.strangers.intrusion import ledger_not_ours

if TYPE_CHECKING:
    from datetime import datetime

    from rdspatch.core.strangers.intrusion import Intrusion


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedPatch:
    """One row of `rdspatch.ledger`: a fact, committed together with the patch's effect."""

    patch_id: str
    checksum: str
    run_id: str
    run_started_at: str
    """As the workflow gave it, so that the audit record of the run can be found again."""
    applied_at: datetime
    applied_by: str
    audited: bool
    """Whether the audit has a record of it; the ledger is the truth and the audit its projection."""

    @property
    def applied_at_utc(self) -> str:
        """`applied_at` for people; the server gives it in the time zone that the database is set to."""
        return f"{self.applied_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


@dataclass(frozen=True, slots=True)
class Ledger:
    """All rows of the ledger; empty when no patch was ever applied."""

    applied: tuple[AppliedPatch, ...] = ()
    """In the order in which they were committed, whatever the server's clock said."""
    exists: bool = True
    """False on a database that rdspatch has never patched."""
    is_numbered: bool = True
    """False for a table that an earlier version made: until the next run numbers its rows, the clock orders them."""

    intrusions: tuple[Intrusion, ...] = ()
    """What strangers have at it that matters to whoever writes: what would matter to whoever reads is an error."""

    def require_ours(self) -> None:
        """Raise LedgerUnusable where a stranger could make it say something else, or run code when it is written."""
        if self.intrusions:
            raise ledger_not_ours(self.intrusions)

    def find(self, patch_id: str) -> AppliedPatch | None:
        return next((row for row in self.applied if row.patch_id == patch_id), None)

    @property
    def unaudited(self) -> tuple[AppliedPatch, ...]:
        return tuple(row for row in self.applied if not row.audited)
