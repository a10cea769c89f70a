"""What is wrong with the audit of a run: changed, forged and moved records, and those whose absence shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rdspatch.core.audit import LAST_FUNCTION_SEQ, AuditEvent, find_break
from rdspatch.core.recorded_run import facts_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rdspatch.core.audit import AuditRecord
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


def flaws_of(run: RecordedRun) -> tuple[Flaw, ...]:
    """What is wrong with one run's records but for its end (`unended`): the first broken link, then what is missing."""
    return tuple(Flaw(run_id=run.id, sort=sort, what=what) for sort, what in _flaws(run))


def _flaws(run: RecordedRun) -> Iterator[tuple[str, str]]:
    if not run.started_at:
        yield run.records[0].sort, "is no record of a run"
        return
    broken = find_break(run.records)
    if broken is not None:
        yield broken.sort, broken.reason
    prefix = f"RUN#{run.started_at}#{run.id}#"
    for number in _missing_numbers(run):
        yield f"{prefix}{number:06d}", "is missing"


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
    recorded = {(record.patch_id, facts_of(record).get("checksum")) for record in _of_applied(runs)}
    return tuple(
        Flaw(
            run_id=row.run_id,
            sort=f"RUN#{row.run_started_at}#{row.run_id}#",
            what=f"no record says that {row.patch_id} was applied, though the ledger has it as recorded",
        )
        for row in ledger.applied
        if row.audited and (row.patch_id, row.checksum) not in recorded
    )


def lost_patches(ledger: Ledger, runs: Iterable[RecordedRun]) -> tuple[Flaw, ...]:
    """Patches that are recorded as applied and that the ledger does not have, by their newest record.

    Args:
        ledger: The ledger of the target's database, read after the records: a run that is at work writes it first.
        runs: All runs of one target, the newest first.
    """
    records = {str(record.patch_id): record for record in reversed(_of_applied(runs))}
    return tuple(
        Flaw(
            run_id=record.run_id,
            sort=record.sort,
            what=f"says that {patch_id} was applied, and the ledger does not have it: the database went back to an "
            "earlier state, or its ledger lost rows. The next run applies it again, where it has its file",
        )
        for patch_id, record in sorted(records.items())
        if ledger.find(patch_id) is None
    )


def _of_applied(runs: Iterable[RecordedRun]) -> list[AuditRecord]:
    event = AuditEvent.PATCH_APPLIED.value
    return [record for run in runs for record in run.records if record.event == event]
