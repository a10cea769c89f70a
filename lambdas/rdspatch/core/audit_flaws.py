"""What is wrong with the audit of a run: changed, forged and moved records, and those whose absence shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rdspatch.core.audit import LAST_FUNCTION_SEQ, AuditEvent, find_break
from rdspatch.core.recorded_run import facts_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from rdspatch.core.ledger import Ledger
    from rdspatch.core.recorded_run import RecordedRun

_BLOCK = 100_000
"""What the workflow records between the functions' records begins a block of numbers of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """One thing that is wrong, and where it shows first."""

    run_id: str
    sort: str
    """The sort key of the record, or of the place where one is missing."""
    what: str

    def to_json(self) -> dict[str, str]:
        return {"run_id": self.run_id, "sort": self.sort, "what": self.what}


def flaws_of(run: RecordedRun, *, now: datetime) -> tuple[Flaw, ...]:
    """Everything that is wrong with one run's records, the first broken link before what is missing."""
    return tuple(Flaw(run_id=run.id, sort=sort, what=what) for sort, what in _flaws(run, now))


def _flaws(run: RecordedRun, now: datetime) -> Iterator[tuple[str, str]]:
    if not run.started_at:
        yield run.records[0].sort, "is no record of a run"
        return
    broken = find_break(run.records)
    if broken is not None:
        yield broken.sort, broken.reason
    prefix = f"RUN#{run.started_at}#{run.id}#"
    for number in _missing_numbers(run):
        yield f"{prefix}{number:06d}", "is missing"
    if run.end is None and run.is_overdue(now):
        yield f"{prefix}999999", "is missing: the run is over, and no record says how it ended"


def _missing_numbers(run: RecordedRun) -> Iterable[int]:
    """Numbers that records after them show to have been given.

    A run whose start could not be recorded does nothing but say so at its end, as its only record.
    """
    only_the_end = len(run.records) == 1 and run.end is not None and run.records[0].previous_hash == ""
    if only_the_end:
        return ()
    given = {record.seq for record in run.records if record.seq <= LAST_FUNCTION_SEQ}
    newest = {number // _BLOCK: number for number in sorted({0, *given})}
    return sorted({number for block, last in newest.items() for number in range(block * _BLOCK, last + 1)} - given)


def unrecorded_patches(ledger: Ledger, runs: Iterable[RecordedRun]) -> tuple[Flaw, ...]:
    """Patches that the ledger says are recorded and that no record speaks of: a sign that whole runs were deleted."""
    event = AuditEvent.PATCH_APPLIED.value
    recorded = {
        (record.patch_id, facts_of(record).get("checksum"))
        for run in runs
        for record in run.records
        if record.event == event
    }
    return tuple(
        Flaw(
            run_id=row.run_id,
            sort=f"RUN#{row.run_started_at}#{row.run_id}#",
            what=f"no record says that {row.patch_id} was applied, though the ledger has it as recorded",
        )
        for row in ledger.applied
        if row.audited and (row.patch_id, row.checksum) not in recorded
    )
