"""A process that is killed around a record, and a table that takes none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rdspatch.core.errors import AuditUnavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rdspatch.core.audit import AuditEntry
    from rdspatch.core.ledger import Ledger
    from rdspatch.core.run import Run
    from rdspatch.ports import AuditLog


class Killed(BaseException):
    """What a killed process is to the code that it runs: nothing after it happens."""


class KilledAt:
    """An audit log in which the process is killed at a record of one event: before it is written, or after."""

    def __init__(self, audit: AuditLog, event: str, *, moment: str) -> None:
        self._audit = audit
        self._event = event
        self._moment = moment

    def append(self, entries: Sequence[AuditEntry], *, run: Run) -> str:
        is_it = entries[0].event.value == self._event
        if is_it and self._moment == "before":
            raise Killed
        digest = self._audit.append(entries, run=run)
        if is_it:
            raise Killed
        return digest

    def is_recorded(self, patch_id: str, checksum: str) -> bool:
        return self._audit.is_recorded(patch_id, checksum)

    def applied(self, run: Run | None = None) -> Ledger:
        return self._audit.applied(run)


class Unwritable:
    """An audit log that can be read and takes no record."""

    def __init__(self, audit: AuditLog) -> None:
        self._audit = audit

    def append(self, entries: Sequence[AuditEntry], *, run: Run) -> str:
        raise AuditUnavailable(f"no room for {len(entries)} records of {run.id}")

    def is_recorded(self, patch_id: str, checksum: str) -> bool:
        return self._audit.is_recorded(patch_id, checksum)

    def applied(self, run: Run | None = None) -> Ledger:
        return self._audit.applied(run)
