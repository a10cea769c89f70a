"""The audit table in DynamoDB: what the contract of every audit log does not say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import botocore.exceptions
import pytest
from botocore.stub import Stubber

from rdspatch.adapters.dynamodb import DynamoAuditLog, item_from_record, record_from_item
from rdspatch.core.audit import ChainHead, chain, find_break
from rdspatch.core.errors import AuditUnavailable
from tests.audit_table import NAME, TARGET, AuditTable
from tests.samples import RUN, applied

if TYPE_CHECKING:
    from collections.abc import Callable


ENDPOINT_DOWN = botocore.exceptions.EndpointConnectionError(endpoint_url="https://dynamodb.example/")


def occupy(table: AuditTable, seq: int) -> None:
    """Put a record of the same run into a place, as a zombie invocation would."""
    (record,) = chain([applied("0666_zombie")], run=RUN, target=TARGET, head=ChainHead(seq - 1, "z"))
    table.client.put_item(TableName=NAME, Item=item_from_record(record))


def test_an_occupied_place_makes_the_audit_unavailable_and_is_not_overwritten(
    table: AuditTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = table.log()
    before = ChainHead()
    monkeypatch.setattr(log, "_head", lambda _run: before)  # both invocations saw the chain before either wrote
    occupy(table, 2)
    with pytest.raises(AuditUnavailable, match=r"table audit: another invocation .* nothing of it was overwritten"):
        log.append([applied("0001_a"), applied("0002_b")], run=RUN)
    assert [record.patch_id for record in table.of_run(RUN)] == ["0666_zombie"]


def test_a_writer_that_looks_again_continues_after_the_other_one(table: AuditTable) -> None:
    occupy(table, 1)
    table.log().append([applied("0001_a")], run=RUN)
    assert [record.patch_id for record in table.of_run(RUN)] == ["0666_zombie", "0001_a"]


def test_more_records_than_one_transaction_takes_make_one_chain(table: AuditTable) -> None:
    entries = [applied(f"{number:04d}_x") for number in range(1, 121)]
    last = table.log().append(entries, run=RUN)
    records = table.of_run(RUN)
    assert [record.seq for record in records] == list(range(1, 121))
    assert find_break(records) is None
    assert records[-1].hash == last


def test_a_batch_that_fails_leaves_the_batches_before_it(table: AuditTable, monkeypatch: pytest.MonkeyPatch) -> None:
    log = table.log()
    monkeypatch.setattr(log, "_head", lambda _run: ChainHead())
    occupy(table, 105)
    with pytest.raises(AuditUnavailable):
        log.append([applied(f"{number:04d}_x") for number in range(1, 111)], run=RUN)
    records = [record for record in table.of_run(RUN) if record.patch_id != "0666_zombie"]
    assert [record.seq for record in records] == list(range(1, 101))
    assert find_break(records) is None


def test_a_record_survives_the_way_through_the_table(table: AuditTable) -> None:
    (record,) = chain([applied("0001_a")], run=RUN, target=TARGET, head=ChainHead(4, "abc"))
    assert record_from_item(item_from_record(record)) == record
    table.log().append([applied("0001_a")], run=RUN)
    assert table.of_run(RUN)[0].facts == record.facts


def test_a_patch_of_another_target_does_not_count_as_recorded(table: AuditTable) -> None:
    table.log("other").append([applied("0001_a")], run=RUN)
    assert table.log("other").is_recorded("0001_a", "c0ffee")
    assert not table.log().is_recorded("0001_a", "c0ffee")


def append(log: DynamoAuditLog) -> object:
    return log.append([applied()], run=RUN)


def is_recorded(log: DynamoAuditLog) -> object:
    return log.is_recorded("0001_test", "c0ffee")


@pytest.mark.parametrize("use", [append, is_recorded])
@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("ProvisionedThroughputExceededException", 400),
        ("ThrottlingException", 400),
        ("InternalServerError", 500),
        ("AccessDeniedException", 400),
        ("ResourceNotFoundException", 400),
    ],
)
def test_an_answer_that_is_no_success_is_named_with_table_and_code(
    table: AuditTable, use: Callable[[DynamoAuditLog], object], code: str, status: int
) -> None:
    with Stubber(table.client) as stubber:
        stubber.add_client_error("query", service_error_code=code, http_status_code=status)
        with pytest.raises(AuditUnavailable, match=f"^table audit: {code}"):
            use(table.log())


def test_a_cancelled_transaction_says_why(table: AuditTable) -> None:
    with Stubber(table.client) as stubber:
        stubber.add_response("query", {"Items": []})
        stubber.add_client_error(
            "transact_write_items",
            service_error_code="TransactionCanceledException",
            modeled_fields={"CancellationReasons": [{"Code": "None"}, {"Code": "ThrottlingError"}]},
        )
        with pytest.raises(AuditUnavailable, match=r"^table audit: TransactionCanceledException, ThrottlingError$"):
            append(table.log())


@pytest.mark.parametrize("use", [append, is_recorded])
def test_an_endpoint_that_cannot_be_reached_is_named_with_what_to_check(
    table: AuditTable, use: Callable[[DynamoAuditLog], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: Any, **__: Any) -> Any:
        raise ENDPOINT_DOWN

    monkeypatch.setattr(table.client, "_make_api_call", down)
    with pytest.raises(AuditUnavailable, match=r"^table audit: EndpointConnectionError; check the VPC endpoint$"):
        use(table.log())
