"""history, report and audit verify: what they print of an audit table, and what they find when it was tampered with."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from rdspatch.adapters.dynamodb import item_from_record
from rdspatch.core.audit import ChainHead, chain
from tests.audit_table import NAME, REGION, TARGET, AuditTable, audit_table
from tests.recorded_runs import (
    ENDED,
    HEALTHY,
    LONG_AGO,
    Records,
    applied,
    asked,
    drift_checked,
    failed,
    not_known,
    put,
    replayed,
    run_of,
    usual_run,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_stepfunctions import SFNClient

    from rdspatch.core.audit import AuditRecord
    from tests.cli.conftest import DatabaseShell, Printed, Shell

LATER = LONG_AGO + timedelta(days=8)


@pytest.fixture
def table(dynamodb: DynamoDBClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[AuditTable]:
    """A table with two runs; commands find it by their environment."""
    for name, value in {"AWS_DEFAULT_REGION": REGION, "RDSPATCH_AUDIT_TABLE": NAME}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("RDSPATCH_TARGET", raising=False)
    with audit_table(dynamodb) as made:
        put(made, [*usual_run("first"), *usual_run("second", started=LATER)])
        yield made


@pytest.mark.usefixtures("table")
def test_history_lists_runs_with_the_newest_first(shell: Shell) -> None:
    printed = shell.type("history")
    assert (printed.code, printed.err) == (0, "")
    assert [line.split() for line in printed.out.splitlines()[1:]] == [
        ["2026-01-09", "12:30:00", "test", "second", "apply", "succeeded", "2:", "0001_a,", "0002_b"],
        ["2026-01-01", "12:30:00", "test", "first", "apply", "succeeded", "2:", "0001_a,", "0002_b"],
    ]


def test_history_knows_targets_limits_and_runs_that_go_on(table: AuditTable, shell: Shell) -> None:
    put(table, Records(run_of("third", started=datetime.now(UTC)), "other").whole(asked(mode="plan", reason="why")))
    assert [run["run_id"] for run in shell.type("history", "--format", "json").json["runs"]] == [
        "third",
        "second",
        "first",
    ]
    (only,) = shell.type("history", "--target", "other", "--format", "json").json["runs"]
    assert (only["mode"], only["reason"], only["result"], only["ended_at"]) == ("plan", "why", "running", None)
    (newest,) = shell.type("history", "--target", TARGET, "--limit", "1", "--format", "json").json["runs"]
    assert (newest["run_id"], newest["applied"]) == ("second", ["0001_a", "0002_b"])
    assert shell.type("history", "--target", "nobody").out == "no run has a record\n"


@pytest.mark.usefixtures("table")
def test_a_long_history_is_read_to_its_end(shell: Shell, table: AuditTable) -> None:
    """More than one page of DynamoDB: a megabyte."""
    entries = [applied(f"{number:04d}_x", note="x" * 4_000) for number in range(300)]
    put(table, Records(run_of("long", started=LATER + timedelta(days=1))).whole(*entries, ended=ENDED))
    assert len(shell.type("report", "long", "--format", "json").json["runs"][0]["records"]) == 302
    assert shell.type("audit", "verify").out.splitlines()[-1] == "3 runs verified: every link holds"


def test_report_tells_a_run_in_full(table: AuditTable, shell: Shell) -> None:
    entries = (asked(reason="release 7"), applied("0001_a", lock_attempts=2), failed("0002_b", "PatchFailed: b.sql:3"))
    put(table, Records(run_of("third")).whole(*entries, ended={**ENDED, "result": "failed", "message": "It stopped."}))
    printed = shell.type("report", "third")
    assert printed.code == 0
    text = printed.out
    for words in (
        "run third on test: failed",
        "asked for   apply, because: release 7",
        "started     2026-01-01T12:30:00.000Z",
        "in short    It stopped.",
        "failed at   PatchFailed: b.sql:3",
        "0001_a in 12 ms, 2 lock waits",
    ):
        assert words in text
    healthy = shell.type("report", "first").out
    assert "/api/health  200, 7 ms" in healthy
    assert "requested         mode apply\n" in healthy
    assert "probes:" not in healthy
    document = shell.type("report", "first", "--format", "json").json["runs"][0]
    assert (document["outcome"], document["health"]) == (ENDED, HEALTHY)
    assert [record["event"] for record in document["records"]][-2:] == ["health_checked", "run_ended"]


def test_a_patch_that_is_not_known_is_told_with_those_that_were_not_reached(table: AuditTable, shell: Shell) -> None:
    entries = (asked(), applied("0001_a"), not_known("0002_b", "0003_c", "0004_d"))
    put(table, Records(run_of("lost")).whole(*entries, ended={**ENDED, "result": "failed"}))
    text = shell.type("report", "lost").out
    assert "  not known   0002_b: the ledger says whether it took effect\n" in text
    assert "patch_unknown     0002_b: ConnectionLost: gone\n    not_reached:\n      0003_c\n      0004_d\n" in text


def test_a_repair_is_told_with_what_it_found_and_replayed(table: AuditTable, shell: Shell) -> None:
    entries = (asked(mode="repair"), drift_checked("column users.name is missing (0001_a)"), replayed("0001_a"))
    put(table, Records(run_of("night")).whole(*entries, ended=ENDED))
    text = shell.type("report", "night").out
    assert "      column users.name is missing (0001_a)\n" in text
    assert "0001_a in 9 ms" in text
    (night,) = [run for run in shell.type("history", "--format", "json").json["runs"] if run["run_id"] == "night"]
    assert (night["mode"], night["applied"], night["replayed"]) == ("repair", [], ["0001_a"])
    assert "1: 0001_a (replayed)" in shell.type("history").out


@pytest.mark.parametrize("command", [("report", "nobody"), ("audit", "verify", "nobody")])
@pytest.mark.usefixtures("table")
def test_a_run_that_has_no_record_is_bad_input(shell: Shell, command: tuple[str, ...]) -> None:
    printed = shell.type(*command)
    assert printed.code == 2
    assert "nobody: is no run that has a record; `rdspatch history` lists them" in printed.err


@pytest.mark.parametrize("command", [("history",), ("report", "first"), ("audit", "verify")])
@pytest.mark.usefixtures("table")
def test_a_table_that_is_not_there_ends_with_4(shell: Shell, command: tuple[str, ...]) -> None:
    printed = shell.type(*command, "--audit-table", "nothing")
    assert printed.code == 4
    assert "AuditUnavailable: table nothing: ResourceNotFoundException" in printed.err


@pytest.mark.usefixtures("table")
def test_an_audit_as_it_was_written_is_verified(shell: Shell) -> None:
    printed = shell.type("audit", "verify")
    assert (printed.code, printed.out) == (0, "2 runs verified: every link holds\n")
    assert shell.type("audit", "verify", "first", "--format", "json").json == {
        "runs": 1,
        "flaws": [],
        "unended": [],
    }


RECORDS = usual_run("first")


def overwrite(table: AuditTable, number: int, **changes: Any) -> None:
    put(table, [dataclasses.replace(RECORDS[number], **changes)])


def forge(table: AuditTable, number: int, **attributes: Any) -> None:
    item = item_from_record(RECORDS[number]) | attributes
    table.client.put_item(TableName=NAME, Item={name: value for name, value in item.items() if value is not None})


def delete(table: AuditTable, *numbers: int) -> None:
    for number in numbers:
        record = RECORDS[number]
        table.client.delete_item(TableName=NAME, Key={"PK": {"S": record.partition}, "SK": {"S": record.sort}})


def swap(table: AuditTable) -> None:
    """Two applied patches in the other order."""
    one, two = RECORDS[2], RECORDS[3]
    put(table, [dataclasses.replace(two, sort=one.sort), dataclasses.replace(one, sort=two.sort)])


def insert(table: AuditTable) -> None:
    put(table, [dataclasses.replace(RECORDS[4], sort=RECORDS[4].sort.replace("#000004", "#000005"))])


TAMPERED: dict[str, tuple[Callable[[AuditTable], None], str, str]] = {
    "a body overwritten": (
        lambda table: overwrite(table, 2, body='{"checksum": "beef", "patch_id": "0001_a"}'),
        "000002",
        "was changed",
    ),
    "an outcome overwritten": (lambda table: overwrite(table, 6, body='{"result": "failed"}'), "999999", "was changed"),
    "a time overwritten": (lambda table: overwrite(table, 1, at="2020-01-01T00:00:00Z"), "000001", "was changed"),
    "a record deleted": (lambda table: delete(table, 3), "000004", "does not follow"),
    "the start deleted": (lambda table: delete(table, 0), "000001", "does not follow"),
    "two swapped": (swap, "000002", "does not follow"),
    "one put in between": (insert, "000005", "does not follow"),
    "the end cut off": (lambda table: delete(table, 5, 6), "999999", "is missing: the run is over"),
    "cut off before its end": (lambda table: delete(table, 4, 5), "999999", "does not follow"),
    "another run's id": (lambda table: forge(table, 2, run_id={"S": "second"}), "000002", "was changed"),
    "another patch's id": (lambda table: forge(table, 2, patch_id={"S": "0009_z"}), "000002", "was changed"),
    "no patch's id": (lambda table: forge(table, 2, patch_id=None), "000002", "was changed"),
    "another event": (lambda table: forge(table, 4, event={"S": "patch_failed"}), "000004", "was changed"),
    "a hash that is gone": (lambda table: forge(table, 4, hash=None), "000004", "was changed"),
    "a body that is no text": (lambda table: forge(table, 4, body={"N": "7"}), "000004", "was changed"),
}


@pytest.mark.experiment("F45")
@pytest.mark.parametrize(("tamper", "place", "what"), TAMPERED.values(), ids=TAMPERED)
def test_whatever_was_tampered_with_the_first_record_that_shows_it_is_named(
    table: AuditTable, shell: Shell, tamper: Callable[[AuditTable], None], place: str, what: str
) -> None:
    tamper(table)
    printed = shell.type("audit", "verify")
    assert printed.code == 3
    prefix = f"RUN#{RECORDS[0].sort.split('#')[1]}#first#"
    assert printed.out.splitlines()[0].startswith(f"{prefix}{place}: {what}")
    assert printed.out.splitlines()[-1].startswith("2 runs verified: ")
    one = shell.type("audit", "verify", "first", "--format", "json")
    assert one.code == 3
    assert one.json["flaws"][0]["sort"] == f"{prefix}{place}"
    assert shell.type("audit", "verify", "second").code == 0


def recorded(shell: DatabaseShell, table: AuditTable) -> Printed:
    """Apply a patch and write the record of it that the workflow's next run would have written."""
    shell.patches.patch("0001_a", "SELECT 1;")
    shell.on_database("apply")
    ((checksum,),) = shell.query("UPDATE rdspatch.ledger SET audited = true RETURNING checksum")
    put(table, Records(run_of("third"), "shop").whole(asked(), applied("0001_a", checksum=checksum), ended=ENDED))
    return shell.type("audit", "verify", "--target", "shop", "--database", shell.url)


@pytest.mark.experiment("F45")
def test_a_whole_run_that_was_deleted_shows_in_the_ledger(database: DatabaseShell, table: AuditTable) -> None:
    assert recorded(database, table).code == 0
    for record in Records(run_of("third"), "shop").whole(asked(), applied("0001_a"), ended=ENDED):
        table.client.delete_item(TableName=NAME, Key={"PK": {"S": record.partition}, "SK": {"S": record.sort}})
    assert database.type("audit", "verify").code == 0
    printed = database.type("audit", "verify", "--target", "shop", "--database", database.url)
    assert printed.code == 3
    assert "no record says that 0001_a was applied" in printed.out
    assert database.type("audit", "verify", "--database", database.url).code == 2


def test_a_patch_that_the_audit_has_and_the_ledger_lost_is_named(database: DatabaseShell, table: AuditTable) -> None:
    assert recorded(database, table).code == 0
    database.query("BEGIN; ALTER TABLE rdspatch.ledger DISABLE TRIGGER keep_rows; DELETE FROM rdspatch.ledger; COMMIT")
    printed = database.type("audit", "verify", "--target", "shop", "--database", database.url)
    assert printed.code == 3
    assert "#third#000002: says that 0001_a was applied, and the ledger does not have it" in printed.out


def execution(client: SFNClient, name: str, *, seconds: int) -> str:
    """An execution that is at work for so long; its ARN."""
    states = {"Wait": {"Type": "Wait", "Seconds": seconds, "End": True}}
    machine = client.create_state_machine(
        name=name, definition=json.dumps({"StartAt": "Wait", "States": states}), roleArn=f"arn:aws:iam::{1:012}:role/r"
    )
    return client.start_execution(stateMachineArn=machine["stateMachineArn"], name=name)["executionArn"]


def without_end(run_id: str, execution: str, *, started: datetime = LONG_AGO) -> tuple[AuditRecord, ...]:
    records = Records(run_of(run_id, started=started))
    first = records._of_the_workflow("run_started", 0, {"execution": execution}, "")
    return (first, *chain([asked()], run=records.run, target=TARGET, head=ChainHead(first.seq, first.hash)))


def test_a_run_without_an_end_is_named_and_step_functions_says_what_it_is(table: AuditTable, shell: Shell) -> None:
    client = boto3.client("stepfunctions", region_name=REGION)
    at_work, aborted = (execution(client, name, seconds=600) for name in ("at-work", "aborted"))
    client.stop_execution(executionArn=aborted)
    gone = at_work.replace(":at-work", ":gone")
    now = datetime.now(UTC)
    for name, arn in {"at-work": at_work, "aborted": aborted, "gone": gone}.items():
        put(table, without_end(name, arn, started=now))
    printed = shell.type("audit", "verify")
    assert printed.code == 3
    said = {line.split("#")[2]: line.partition(": ")[2] for line in printed.out.splitlines()[:-1]}
    assert said["at-work"] == "there is no end yet: the execution is RUNNING"
    assert said["aborted"].startswith("there is no end yet: the execution ended at ")
    assert said["gone"].startswith("is missing: Step Functions knows of no such execution")
    assert printed.out.splitlines()[-1] == "5 runs verified: 1 flaw; 2 without an end yet"


@pytest.mark.parametrize("arn", ["arn:first", "arn:aws:states:../:1:execution:a:b"])
def test_a_run_whose_execution_cannot_be_asked_for_is_at_work_or_was_cut(
    table: AuditTable, shell: Shell, arn: str
) -> None:
    put(table, without_end("third", arn, started=datetime.now(UTC)))
    printed = shell.type("audit", "verify", "--format", "json")
    assert (printed.code, printed.json["flaws"]) == (0, [])
    (it,) = printed.json["unended"]
    assert it["what"].startswith("there is no end yet: the run is at work, or was cut (")
