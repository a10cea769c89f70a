"""A fake of the audit log."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rdspatch import ports
from rdspatch.core.audit import AuditEvent, AuditRecord, chain, head_of, sort_prefix
from rdspatch.core.audited_ledger import readable_ledger
from rdspatch.core.errors import AuditUnavailable
from rdspatch.core.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rdspatch.core.audit import AuditEntry
    from rdspatch.core.run import Run


@dataclass(slots=True)
class FakeAuditLog(ports.AuditLog):
    """An audit table of one target; `available = False` makes it refuse everything."""

    target: str = "test"
    records: dict[str, AuditRecord] = field(default_factory=dict)
    """By sort key."""
    available: bool = True

    def append(self, entries: Sequence[AuditEntry], *, run: Run) -> str:
        self._require_available()
        head = head_of(reversed(self.of_run(run)), run=run)
        records = chain(entries, run=run, target=self.target, head=head)
        self.records.update((record.sort, record) for record in records)
        return records[-1].hash if records else head.hash

    def is_recorded(self, patch_id: str, checksum: str) -> bool:
        self._require_available()
        return any(
            record.event == AuditEvent.PATCH_APPLIED.value
            and record.patch_id == patch_id
            and record.facts.get("checksum") == checksum
            for record in self.records.values()
        )

    def applied(self, run: Run | None = None) -> Ledger:
        self._require_available()
        records = tuple(self.records.values()) if run is None else self.of_run(run)
        if not records:
            return Ledger(exists=False)
        event = AuditEvent.PATCH_APPLIED.value
        return readable_ledger(record for record in records if record.event == event)

    def of_run(self, run: Run) -> tuple[AuditRecord, ...]:
        self._require_available()
        prefix = sort_prefix(run)
        return tuple(record for sort, record in sorted(self.records.items()) if sort.startswith(prefix))

    def _require_available(self) -> None:
        if not self.available:
            raise AuditUnavailable("this fake is unavailable")
