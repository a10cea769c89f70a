"""What a target's audit records say is applied to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from rdspatch.core.audit import AuditEntry, AuditEvent, AuditRecord, ChainHead, chain
from rdspatch.core.audited_ledger import ledger_from_records
from rdspatch.core.ledger import AppliedPatch
from tests.samples import AT, OTHER_RUN, RUN

if TYPE_CHECKING:
    from rdspatch.core.run import Run


def recorded(patch: str, *, run: Run = RUN, checksum: str = "c0ffee", after: int = 0) -> AuditRecord:
    entry = AuditEntry(
        event=AuditEvent.PATCH_APPLIED,
        at=AT + timedelta(seconds=after),
        facts={"checksum": checksum, "run_id": run.id},
        patch_id=patch,
    )
    (record,) = chain([entry], run=run, target="test", head=ChainHead())
    return record


def test_a_record_becomes_the_row_of_its_patch() -> None:
    (row,) = ledger_from_records([recorded("0001_a")]).applied
    assert row == AppliedPatch(
        patch_id="0001_a",
        checksum="c0ffee",
        run_id=RUN.id,
        run_started_at=RUN.started_at,
        applied_at=AT.replace(microsecond=123_000),
        applied_by="",
        audited=True,
    )


def test_rows_stand_in_the_order_in_which_the_patches_were_applied() -> None:
    records = [recorded("0002_b", after=2), recorded("0003_c", after=1), recorded("0001_a", after=1)]
    assert [row.patch_id for row in ledger_from_records(records).applied] == ["0001_a", "0003_c", "0002_b"]


@pytest.mark.parametrize("turn", [1, -1])
def test_of_several_records_of_a_patch_the_newest_counts(turn: int) -> None:
    records = [recorded("0001_a"), recorded("0001_a", run=OTHER_RUN, checksum="beef", after=1)]
    (row,) = ledger_from_records(records[::turn]).applied
    assert (row.checksum, row.run_id) == ("beef", OTHER_RUN.id)


@pytest.mark.parametrize("change", [{"body": "{"}, {"body": "{}"}, {"body": "[]"}, {"at": "yesterday"}])
def test_a_record_that_says_something_else_is_named(change: dict[str, str]) -> None:
    record = replace(recorded("0001_a"), **change)
    with pytest.raises(ValueError, match=f"the record {record.sort} is no record of an applied patch"):
        ledger_from_records([record])
