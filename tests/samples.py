"""Values that many tests need and none of them is about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from rdspatch.authoring.lock import lock
from rdspatch.core.audit import AuditEntry, AuditEvent
from rdspatch.core.ledger import AppliedPatch
from rdspatch.core.run import Run
from rdspatch.ports import Limits
from tests.authoring.patch_factory import HEADER, patch_of

if TYPE_CHECKING:
    from rdspatch.core.lockfile import LockedPatch

AT = datetime(2026, 1, 1, 12, 30, 15, 123_456, tzinfo=UTC)
RUN = Run(id="run-1", started_at="2026-01-01T12:30:00.000Z")
OTHER_RUN = Run(id="run-2", started_at="2026-01-02T12:30:00.000Z")
LIMITS = Limits(lock_timeout=timedelta(seconds=1), statement_timeout=timedelta(seconds=5))


def locked(sql: str = "SELECT 1;\n", name: str = "0001_test", header: str = HEADER) -> LockedPatch:
    """A patch as the parser sees it."""
    return lock([patch_of(header + sql, f"{name}.sql")])[0]


def row_of(patch: LockedPatch, **changes: object) -> AppliedPatch:
    """The ledger's row of a patch."""
    values: dict[str, object] = {
        "patch_id": patch.patch.name,
        "checksum": patch.patch.checksum,
        "run_id": RUN.id,
        "run_started_at": RUN.started_at,
        "applied_at": AT,
        "applied_by": "patcher",
        "audited": True,
    }
    return AppliedPatch(**{**values, **changes})  # type: ignore[arg-type] # a test's shorthand


def applied(patch_id: str = "0001_test", checksum: str = "c0ffee") -> AuditEntry:
    """What the audit is told of an applied patch."""
    return AuditEntry(
        event=AuditEvent.PATCH_APPLIED, at=AT, facts={"checksum": checksum, "run_id": RUN.id}, patch_id=patch_id
    )
