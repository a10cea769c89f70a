"""Records and marks with the fakes: what is marked is recorded, however far the audit table got."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rdspatch.core.errors import AuditUnavailable
from rdspatch.core.ledger import Ledger
from rdspatch.core.outcome import Outcome, Result
from rdspatch.engine.audit_trail import record_outcomes
from rdspatch.testing.audit import FakeAuditLog
from rdspatch.testing.database import FakeDatabase
from tests.samples import AT, OTHER_RUN, RUN, locked, row_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rdspatch.core.audit import AuditEntry
    from rdspatch.core.run import Run

NAMES = [f"{number:04}_a" for number in range(1, 251)]
OUTCOMES = [Outcome(patch_id=name, checksum="c0ffee", result=Result.APPLIED) for name in NAMES]


class FailsLater(FakeAuditLog):
    """Takes one write."""

    def append(self, entries: Sequence[AuditEntry], *, run: Run) -> str:
        written = super().append(entries, run=run)
        self.available = False
        return written


def test_rows_are_marked_as_far_as_they_are_recorded_and_the_next_run_records_the_rest_once() -> None:
    rows = tuple(row_of(locked(), patch_id=name, checksum="c0ffee", audited=False) for name in NAMES)
    database, audit = FakeDatabase(ledger=Ledger(rows)), FailsLater()
    session = database.connect(RUN)

    with pytest.raises(AuditUnavailable):
        record_outcomes(OUTCOMES, before=Ledger(), audit=audit, session=session, run=RUN, at=AT)
    audit.available = True
    recorded = [record.patch_id for record in audit.of_run(RUN)]
    assert 0 < len(recorded) < len(NAMES)
    assert recorded == [row.patch_id for row in database.ledger.applied if row.audited]

    later = FakeAuditLog(records=audit.records)
    record_outcomes([], before=database.ledger, audit=later, session=session, run=OTHER_RUN, at=AT)
    assert database.ledger.unaudited == ()
    assert [record.patch_id for run in (RUN, OTHER_RUN) for record in later.of_run(run)] == NAMES
