"""The audit table as whoever may only read it sees it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from rdspatch.adapters.audit_reader import AuditReader
from rdspatch.adapters.dynamodb import item_from_record
from rdspatch.core.audit import AuditEntry, AuditEvent, ChainHead, chain
from rdspatch.core.errors import AuditUnavailable
from rdspatch.core.ledger import Ledger
from tests.audit_table import NAME, TARGET
from tests.samples import AT, RUN, applied

if TYPE_CHECKING:
    from tests.audit_table import AuditTable


def reader(table: AuditTable) -> AuditReader:
    return AuditReader(table.client, table=NAME)


def test_the_ledger_of_a_target_is_what_its_own_records_say(table: AuditTable) -> None:
    table.log("other").append([applied("0002_b")], run=RUN)
    table.log().append([applied("0001_a"), AuditEntry(event=AuditEvent.VERIFIED, at=AT, facts={})], run=RUN)
    ledger = reader(table).ledger(TARGET)
    assert [(row.patch_id, row.run_id) for row in ledger.applied] == [("0001_a", RUN.id)]
    assert ledger.exists


def test_a_target_that_ran_and_applied_nothing_is_told_from_one_without_a_record(table: AuditTable) -> None:
    table.log().append([AuditEntry(event=AuditEvent.REQUESTED, at=AT, facts={})], run=RUN)
    assert reader(table).ledger(TARGET) == Ledger()
    assert reader(table).ledger("never") == Ledger(exists=False)


def test_a_ledger_of_many_pages_is_read_to_its_end(table: AuditTable) -> None:
    long = [replace(applied(f"{number:04}_x"), facts={"checksum": "c" * 30_000, "run_id": "r"}) for number in range(90)]
    table.log().append(long, run=RUN)
    assert len(reader(table).ledger(TARGET).applied) == len(long)


def test_a_record_that_cannot_be_read_makes_the_audit_unavailable(table: AuditTable) -> None:
    (record,) = chain([applied()], run=RUN, target=TARGET, head=ChainHead())
    table.client.put_item(TableName=NAME, Item=item_from_record(replace(record, body="{")))
    with pytest.raises(AuditUnavailable, match=r"table audit: the record RUN#.* is no record of an applied patch"):
        reader(table).ledger(TARGET)
