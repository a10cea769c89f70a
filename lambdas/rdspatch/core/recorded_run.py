"""A run as its audit records tell it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from rdspatch.core.audit import AuditEvent

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rdspatch.core.audit import AuditRecord

LONGEST_RUN = timedelta(hours=4 + 168)
"""The workflow's own timeout and the longest wait for an approval; what is older has ended, one way or the other."""
_PARTS_OF_A_SORT_KEY = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedRun:
    """All records of one run, in the order of their sort keys."""

    target: str
    id: str
    started_at: str
    records: tuple[AuditRecord, ...]

    @property
    def mode(self) -> str:
        return str(self._facts(AuditEvent.REQUESTED).get("mode", ""))

    @property
    def reason(self) -> str:
        """Why it was started, in the words of whoever started it."""
        return str(self._facts(AuditEvent.REQUESTED).get("reason", ""))

    @property
    def execution(self) -> str:
        """The ARN of the execution."""
        return str(self._facts(AuditEvent.RUN_STARTED).get("execution", ""))

    @property
    def end(self) -> AuditRecord | None:
        return self._last(AuditEvent.RUN_ENDED)

    @property
    def outcome(self) -> Mapping[str, Any]:
        """What the record of the end says: `result`, `error`, `message`, `applied`, `pending`; empty without one."""
        return self._facts(AuditEvent.RUN_ENDED)

    @property
    def health(self) -> Mapping[str, Any]:
        """The verdict of the health check; empty when there was none."""
        return self._facts(AuditEvent.HEALTH_CHECKED)

    @property
    def applied(self) -> tuple[str, ...]:
        """The patches that this run has recorded as applied."""
        return self._patches(AuditEvent.PATCH_APPLIED)

    @property
    def replayed(self) -> tuple[str, ...]:
        """The patches that this run has replayed to repair what was missing."""
        return self._patches(AuditEvent.PATCH_REPLAYED)

    @property
    def unknown(self) -> tuple[str, ...]:
        """The patches of which the newest record says that nobody knows what came of them."""
        newest = {record.patch_id or "?": record.event for record in self.records if record.patch_id}
        return tuple(name for name, event in newest.items() if event == AuditEvent.PATCH_UNKNOWN.value)

    @property
    def failure(self) -> AuditRecord | None:
        """The first patch that failed."""
        event = AuditEvent.PATCH_FAILED.value
        return next((record for record in self.records if record.event == event), None)

    def result(self, now: datetime) -> str:
        """How it ended, or `running`, or `no end recorded` when it is older than any run may be."""
        said = self.outcome.get("result")
        if said is not None:
            return str(said)
        return "no end recorded" if self.is_overdue(now) else "running"

    def is_overdue(self, now: datetime) -> bool:
        """Whether a run that started then has ended by now, whatever it did; also when its start cannot be read."""
        try:
            started = datetime.fromisoformat(self.started_at)
        except ValueError:
            return True
        if started.tzinfo is None:
            started = started.replace(tzinfo=UTC)
        return now - started > LONGEST_RUN

    def _patches(self, event: AuditEvent) -> tuple[str, ...]:
        return tuple(record.patch_id or "?" for record in self.records if record.event == event.value)

    def _last(self, event: AuditEvent) -> AuditRecord | None:
        found = [record for record in self.records if record.event == event.value]
        return found[-1] if found else None

    def _facts(self, event: AuditEvent) -> Mapping[str, Any]:
        record = self._last(event)
        return {} if record is None else facts_of(record)


def facts_of(record: AuditRecord) -> Mapping[str, Any]:
    """What a record says; nothing where its body is no JSON object."""
    try:
        facts: Any = record.facts
    except ValueError:
        return {}
    return facts if isinstance(facts, Mapping) else {}


def runs_of(records: Iterable[AuditRecord]) -> tuple[RecordedRun, ...]:
    """The runs that records belong to by their keys, the newest first.

    A record whose sort key is none of ours stands as a run of its own.
    """
    groups: dict[tuple[str, str, str], list[AuditRecord]] = defaultdict(list)
    for record in records:
        parts = record.sort.split("#")
        is_ours = len(parts) == _PARTS_OF_A_SORT_KEY and parts[0] == "RUN" and parts[3].isdecimal()
        started_at, run_id = (parts[1], parts[2]) if is_ours else ("", record.sort)
        groups[record.partition, started_at, run_id].append(record)
    return tuple(
        RecordedRun(
            target=partition.removeprefix("TARGET#"),
            id=run_id,
            started_at=started_at,
            records=tuple(sorted(group, key=lambda record: record.sort)),
        )
        for (partition, started_at, run_id), group in sorted(
            groups.items(), key=lambda item: (item[0][1], item[0]), reverse=True
        )
    )
