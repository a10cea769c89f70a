"""Every audit log, the fake and the one on DynamoDB."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from rdspatch.adapters.dynamodb import item_from_record
from rdspatch.core.audit import AuditEntry, AuditEvent, AuditRecord, find_break, record_hash
from rdspatch.core.errors import RunEnded
from rdspatch.testing import FakeAuditLog
from tests.audit_table import NAME, TARGET, audit_table
from tests.samples import AT, OTHER_RUN, RUN, applied

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mypy_boto3_dynamodb import DynamoDBClient

    from rdspatch.core.ledger import Ledger
    from rdspatch.core.run import Run
    from rdspatch.ports import AuditLog


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """An audit log, and how to look into it and around it."""

    log: AuditLog
    of_run: Callable[[Run], tuple[AuditRecord, ...]]
    put: Callable[[AuditRecord], object]


@pytest.fixture(params=["fake", "dynamodb"])
def audit(request: pytest.FixtureRequest, dynamodb: DynamoDBClient) -> Iterator[Kind]:
    if request.param == "fake":
        fake = FakeAuditLog(target=TARGET)
        yield Kind(log=fake, of_run=fake.of_run, put=lambda record: fake.records.update({record.sort: record}))
        return
    with audit_table(dynamodb) as table:
        yield Kind(
            log=table.log(),
            of_run=table.of_run,
            put=lambda record: table.client.put_item(TableName=NAME, Item=item_from_record(record)),
        )


def by_the_workflow(event: str, seq: int, previous_hash: str = "") -> AuditRecord:
    place = {"partition": f"TARGET#{TARGET}", "sort": f"RUN#{RUN.started_at}#{RUN.id}#{seq:06d}"}
    texts = {"previous_hash": previous_hash, "event": event, "at": RUN.started_at, "body": "{}", **place}
    return AuditRecord(**texts, run_id=RUN.id, hash=record_hash(**texts))


def test_the_first_record_of_a_run_has_number_one_and_no_predecessor(audit: Kind) -> None:
    audit.log.append([applied("0001_a")], run=RUN)
    (record,) = audit.of_run(RUN)
    assert (record.seq, record.previous_hash, record.patch_id) == (1, "", "0001_a")


def test_records_follow_the_workflows_own_first_one(audit: Kind) -> None:
    started = by_the_workflow("run_started", 0)
    audit.put(started)
    audit.log.append([applied("0001_a")], run=RUN)
    records = audit.of_run(RUN)
    assert [record.seq for record in records] == [0, 1]
    assert records[1].previous_hash == started.hash
    assert find_break(records) is None


def test_records_go_before_those_that_the_workflow_writes_last(audit: Kind) -> None:
    audit.put(by_the_workflow("health_checked", 900_000))
    audit.log.append([applied("0001_a")], run=RUN)
    audit.log.append([applied("0002_b")], run=RUN)
    assert [record.seq for record in audit.of_run(RUN)] == [1, 2, 900_000]
    assert find_break(audit.of_run(RUN)[:2]) is None


@pytest.mark.parametrize("checked", [True, False])
@pytest.mark.parametrize("recorded", [0, 1, 2])
def test_nothing_joins_a_run_that_has_its_last_record(audit: Kind, recorded: int, *, checked: bool) -> None:
    for number in range(recorded):
        audit.log.append([applied(f"000{number}_a")], run=RUN)
    if checked:
        audit.put(by_the_workflow("health_checked", 900_000))
    audit.put(by_the_workflow("run_ended", 999_999))
    before = audit.of_run(RUN)
    for entries in ([applied("0009_late")], []):
        with pytest.raises(RunEnded, match=f"run {RUN.id} has its last record already, .* start a new run"):
            audit.log.append(entries, run=RUN)
    assert audit.of_run(RUN) == before
    audit.log.append([applied("0009_late")], run=OTHER_RUN)


def test_each_append_continues_the_chain_and_answers_its_newest_hash(audit: Kind) -> None:
    audit.log.append([applied("0001_a"), applied("0002_b")], run=RUN)
    answered = audit.log.append([AuditEntry(event=AuditEvent.VERIFIED, at=AT, facts={"patches": 2})], run=RUN)
    records = audit.of_run(RUN)
    assert [record.event for record in records] == ["patch_applied", "patch_applied", "verified"]
    assert find_break(records) is None
    assert answered == records[-1].hash


def test_appending_nothing_changes_nothing_and_answers_the_newest_hash(audit: Kind) -> None:
    assert audit.log.append([], run=RUN) == ""
    newest = audit.log.append([applied()], run=RUN)
    assert audit.log.append([], run=RUN) == newest
    assert len(audit.of_run(RUN)) == 1


def test_the_records_of_a_run_come_in_their_order_and_alone(audit: Kind) -> None:
    audit.put(by_the_workflow("run_started", 0))
    audit.log.append([applied("0001_a"), applied("0002_b")], run=RUN)
    audit.log.append([applied("0003_c")], run=OTHER_RUN)
    assert tuple(audit.log.of_run(RUN)) == audit.of_run(RUN)
    assert [record.patch_id for record in audit.log.of_run(RUN)] == [None, "0001_a", "0002_b"]


def test_each_run_has_a_chain_of_its_own(audit: Kind) -> None:
    audit.log.append([applied("0001_a")], run=RUN)
    audit.log.append([applied("0002_b")], run=OTHER_RUN)
    assert [record.patch_id for record in audit.of_run(OTHER_RUN)] == ["0002_b"]
    assert find_break(audit.of_run(OTHER_RUN)) is None


def test_a_patch_is_recorded_once_any_run_says_that_it_was_applied(audit: Kind) -> None:
    assert not audit.log.is_recorded("0001_a", "c0ffee")
    audit.log.append([applied("0001_a")], run=OTHER_RUN)
    assert audit.log.is_recorded("0001_a", "c0ffee")


@pytest.mark.parametrize(
    "entry",
    [
        applied("0002_b"),
        applied("0001_a", checksum="beef"),
        AuditEntry(event=AuditEvent.PATCH_FAILED, at=AT, facts={"checksum": "c0ffee"}, patch_id="0001_a"),
        AuditEntry(event=AuditEvent.PATCH_NOT_REACHED, at=AT, facts={"checksum": "c0ffee"}, patch_id="0001_a"),
        AuditEntry(event=AuditEvent.PATCH_REPLAYED, at=AT, facts={"checksum": "c0ffee"}, patch_id="0001_a"),
        AuditEntry(event=AuditEvent.PATCH_UNKNOWN, at=AT, facts={"checksum": "c0ffee"}, patch_id="0001_a"),
    ],
    ids=["another patch", "another checksum", "failed", "not reached", "replayed", "not known"],
)
def test_any_other_record_does_not_count(audit: Kind, entry: AuditEntry) -> None:
    audit.log.append([entry], run=RUN)
    assert not audit.log.is_recorded("0001_a", "c0ffee")


def names(ledger: Ledger) -> list[str]:
    return [row.patch_id for row in ledger.applied]


def test_what_the_records_have_as_applied_is_told_of_all_runs_or_of_one(audit: Kind) -> None:
    assert not audit.log.applied().exists
    audit.log.append([applied("0001_a"), applied("0002_b")], run=RUN)
    assert not audit.log.applied(OTHER_RUN).exists
    audit.log.append([applied("0003_c")], run=OTHER_RUN)
    assert names(audit.log.applied()) == ["0001_a", "0002_b", "0003_c"]
    assert names(audit.log.applied(OTHER_RUN)) == ["0003_c"]


def test_a_record_that_says_nothing_of_the_kind_counts_for_nothing(audit: Kind) -> None:
    audit.log.append([applied("0001_a"), applied("0002_b")], run=RUN)
    audit.put(replace(audit.of_run(RUN)[0], body="[]"))
    audit.log.append([AuditEntry(event=AuditEvent.PATCH_REPLAYED, at=AT, facts={}, patch_id="0003_c")], run=RUN)
    assert names(audit.log.applied()) == ["0002_b"]
