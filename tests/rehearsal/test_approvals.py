"""Hazards that wait for somebody, in the project's own workflow, answered by the command line."""

from __future__ import annotations

import contextlib
import io
import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from rdspatch.adapters.approvals import Approvals, Waiting
from rdspatch.adapters.dynamodb import record_from_item
from rdspatch.cli.app import run as rdspatch
from rdspatch.core.audit import find_break
from rdspatch.core.errors import ApprovalExpired
from tests.rehearsal.stage import write_patches

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from rdspatch.authoring.postgres_server import EmbeddedPostgres
    from rdspatch.rehearsal.history import Execution
    from tests.rehearsal.stage import Stage

pytestmark = pytest.mark.slow

ADDS = {"0001_things": "CREATE TABLE IF NOT EXISTS things (id int, colour text);"}
DROPS = {
    **ADDS,
    "0002_less": "-- allow: destructive because nobody reads it\nALTER TABLE things DROP COLUMN IF EXISTS colour;",
}


class Keyboard(io.StringIO):
    """Somebody who types."""

    def isatty(self) -> bool:
        return True


class Careful:
    """A stage in which destructive patches wait, and the means to answer."""

    def __init__(self, scene: Stage) -> None:
        self.scene = scene
        (self.table,) = (name for name in scene.rehearsal.workflow.tables if "Approvals" in name)
        aws = scene.rehearsal._aws
        self.approvals = Approvals(aws.dynamodb, aws.stepfunctions, table=self.table)

    def start(self, name: str = "run") -> str:
        return self.scene.rehearsal.begin(name=name)

    def question(self, *, after: Waiting | None = None, run: str = "run") -> Waiting:
        """What the run asks; after another question, the next one."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            found = self.approvals.find(run)
            if found is not None and (after is None or found.token != after.token):
                return found
            time.sleep(0.1)
        raise AssertionError("the run asks nothing")

    def answer(self, waiting: Waiting, *, approved: bool) -> None:
        self.approvals.answer(waiting, approved=approved, by="arn:aws:iam::1:user/ada", comment="I looked")

    def end(self, arn: str) -> Execution:
        return self.scene.rehearsal.wait(arn, timeout_seconds=60)

    def records(self) -> list[dict[str, Any]]:
        found = list(self.scene.rehearsal.audit_records)
        typed = [{name: {"S": text} for name, text in record.items()} for record in found]
        assert find_break([record_from_item(item) for item in typed]) is None
        return found


@pytest.fixture
def careful(
    stage: Callable[..., Stage], guarded: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Careful]:
    """Opens a stage, and lets the commands find its simulated AWS."""

    def open_stage(patches: dict[str, str], **settings: Any) -> Careful:
        template = guarded({"snapshot": {"policy": "never"}})
        made = Careful(stage(patches, template=template, **{"proven": True, **settings}))
        aws = made.scene.rehearsal._aws
        for name, value in {
            "AWS_ENDPOINT_URL": aws.endpoint_url,
            "AWS_REGION": aws.region,
            "AWS_DEFAULT_REGION": aws.region,
            "AWS_ACCESS_KEY_ID": "rehearsal",
            "AWS_SECRET_ACCESS_KEY": "rehearsal",
            "RDSPATCH_APPROVAL_TABLE": made.table,
        }.items():
            monkeypatch.setenv(name, value)
        return made

    return open_stage


def test_a_destructive_patch_waits_and_who_approved_it_is_recorded(careful: Callable[..., Careful]) -> None:
    stage = careful(DROPS)
    arn = stage.start()
    waiting = stage.question()
    assert [hazard.partition(":")[0] for hazard in waiting.hazards] == ["0002_less.sql"]
    assert "destructive on public.things.colour" in waiting.hazards[0]
    assert stage.scene.ledger() == []

    stage.answer(waiting, approved=True)

    run = stage.end(arn)
    assert (run.status, run.cause) == ("SUCCEEDED", None)
    assert stage.scene.ledger() == sorted(DROPS)
    records = stage.records()
    assert [record["event"] for record in records] == [
        "run_started",
        "requested",
        "approved",
        "patch_applied",
        "patch_applied",
        "verified",
        "health_checked",
        "run_ended",
    ]
    facts = json.loads(records[2]["body"])
    assert (facts["by"], facts["comment"]) == ("arn:aws:iam::1:user/ada", "I looked")
    assert facts["hazards"] == list(waiting.hazards)


def test_people_are_asked_with_the_plan_and_without_the_token(careful: Callable[..., Careful]) -> None:
    stage = careful(DROPS)
    arn = stage.start()
    waiting = stage.question()
    asked = stage.scene.rehearsal.notifications[0]
    assert asked["subject"] == "rdspatch meshapp: approval needed"
    command = f"rdspatch approve run --digest {waiting.digest} --approval-table {stage.table}"
    for fact in ("Run run on meshapp waits up to 24 h", "Pending patches: 2", waiting.hazards[0], command, arn):
        assert fact in asked["message"], fact
    stage.answer(waiting, approved=True)
    stage.end(arn)
    told = [stage.scene.rehearsal.notifications, stage.scene.rehearsal.events, stage.records(), waiting]
    told += [call.log for call in stage.scene.rehearsal.invocations]
    told += [call.event for call in stage.scene.rehearsal.invocations]
    assert waiting.token not in json.dumps(told, default=repr)


def test_a_rejected_run_applies_nothing_and_says_who_and_why(careful: Callable[..., Careful]) -> None:
    stage = careful(DROPS)
    arn = stage.start()
    stage.answer(stage.question(), approved=False)
    run = stage.end(arn)
    assert (run.status, run.error) == ("FAILED", "ApprovalRejected")
    assert run.cause == "Rejected by arn:aws:iam::1:user/ada: I looked. Nothing was applied."
    assert stage.scene.ledger() == []
    assert [record["event"] for record in stage.records()] == ["run_started", "requested", "run_ended"]
    assert stage.scene.ended()["result"] == "rejected"


@pytest.mark.experiment("F69")
def test_a_run_that_nobody_answers_ends_without_having_applied_anything(careful: Callable[..., Careful]) -> None:
    stage = careful(DROPS, timeouts={"AwaitApproval": 2})
    arn = stage.start()
    waiting = stage.question()
    run = stage.end(arn)
    assert (run.status, run.error) == ("FAILED", "ApprovalExpired")
    assert stage.scene.ledger() == []
    assert stage.scene.ended()["result"] == "expired"
    with pytest.raises(ApprovalExpired, match="does not wait"):
        stage.answer(waiting, approved=True)


@pytest.mark.experiment("F69")
def test_an_approval_is_for_the_patches_that_were_shown(
    careful: Callable[..., Careful], tmp_path: Path, postgres_server: EmbeddedPostgres
) -> None:
    """Catches a deployment, while a run waits, whose patches nobody has seen."""
    stage = careful(DROPS)
    arn = stage.start()
    first = stage.question()
    worse = {**DROPS, "0003_gone": "-- allow: destructive because I say so\nDROP TABLE IF EXISTS things;"}
    write_patches(tmp_path / "patches", worse, scratch=postgres_server.url("postgres"))

    stage.answer(first, approved=True)
    second = stage.question(after=first)

    with contextlib.suppress(ApprovalExpired):  # AWS refuses it; the simulated one takes it in, for nothing
        stage.answer(first, approved=True)
    assert stage.scene.rehearsal.describe(arn).status == "RUNNING"
    assert stage.scene.ledger() == []
    assert any(hazard.startswith("0003_gone.sql") for hazard in second.hazards)
    stage.answer(second, approved=False)
    assert stage.end(arn).error == "ApprovalRejected"
    assert "approved" not in [record["event"] for record in stage.records()]


@pytest.mark.experiment("F69")
def test_an_answer_to_one_run_is_none_to_another(careful: Callable[..., Careful]) -> None:
    """Catches a question that is found by the beginning of its run's name."""
    stage = careful(DROPS)
    arns = {name: stage.start(name) for name in ("run", "run-2")}
    questions = {name: stage.question(run=name) for name in arns}
    assert questions["run"].token != questions["run-2"].token

    stage.answer(questions["run"], approved=False)

    assert stage.end(arns["run"]).error == "ApprovalRejected"
    assert stage.scene.rehearsal.describe(arns["run-2"]).status == "RUNNING"
    assert stage.scene.ledger() == []
    stage.answer(questions["run-2"], approved=True)
    assert stage.end(arns["run-2"]).status == "SUCCEEDED"
    with pytest.raises(ApprovalExpired):
        stage.answer(questions["run"], approved=True)


def test_the_token_is_in_no_record_of_the_audit(careful: Callable[..., Careful]) -> None:
    """Catches a token that whoever may read the audit could answer with."""
    stage = careful(DROPS)
    arn = stage.start()
    waiting = stage.question()
    rehearsal = stage.scene.rehearsal
    others = set(rehearsal.workflow.tables) - {stage.table}
    assert others
    for table in others:
        assert waiting.token not in json.dumps(rehearsal._aws.items(table), default=str)
    stage.answer(waiting, approved=False)
    stage.end(arn)


def test_what_only_adds_waits_for_nobody(careful: Callable[..., Careful]) -> None:
    stage = careful(ADDS)
    run = stage.end(stage.start())
    assert run.status == "SUCCEEDED"
    assert "AwaitApproval" not in run.state_names
    assert stage.approvals.find("run") is None


def test_what_nobody_has_proven_waits(careful: Callable[..., Careful]) -> None:
    stage = careful(ADDS, proven=False)
    arn = stage.start()
    waiting = stage.question()
    assert waiting.hazards == ("0001_things.sql: nobody has proven what it does",)
    stage.answer(waiting, approved=False)
    stage.end(arn)


@pytest.mark.experiment("F69")
@pytest.mark.parametrize(("command", "status"), [("approve", "SUCCEEDED"), ("reject", "FAILED")])
def test_the_command_line_answers_once(
    careful: Callable[..., Careful],
    capfd: pytest.CaptureFixture[str],
    command: str,
    status: str,
) -> None:
    stage = careful(DROPS)
    arn = stage.start()
    waiting = stage.question()

    assert rdspatch([command, "run", "--digest", waiting.digest, "--comment", "fine"]) == 0

    shown = capfd.readouterr()
    assert {"approve": "approved as", "reject": "rejected as"}[command] in shown.out
    assert "0002_less.sql" in shown.out
    assert waiting.token not in shown.out + shown.err
    assert stage.end(arn).status == status
    assert rdspatch([command, "run", "--digest", waiting.digest]) == 4
    assert "does not wait for an answer any more: it has one, or its time is over" in capfd.readouterr().err
    assert rdspatch([command, "another"]) == 2
    assert "has asked for no approval" in capfd.readouterr().err


@pytest.mark.experiment("F69")
def test_an_approval_of_an_older_question_is_refused_and_the_newer_one_shown(
    careful: Callable[..., Careful],
    capfd: pytest.CaptureFixture[str],
    tmp_path: Path,
    postgres_server: EmbeddedPostgres,
) -> None:
    stage = careful(DROPS)
    arn = stage.start()
    first = stage.question()
    worse = {**DROPS, "0003_gone": "-- allow: destructive because I say so\nDROP TABLE IF EXISTS things;"}
    write_patches(tmp_path / "patches", worse, scratch=postgres_server.url("postgres"))
    assert rdspatch(["approve", "run", "--digest", first.digest]) == 0
    second = stage.question(after=first)
    capfd.readouterr()

    assert rdspatch(["approve", "run", "--digest", first.digest]) == 4

    shown = capfd.readouterr()
    assert "0003_gone.sql" in shown.out
    assert "asks about other patches now, with the hazards above; nothing was answered" in shown.err
    assert f"--digest {second.digest}" in shown.err
    assert stage.scene.ledger() == []
    assert rdspatch(["reject", "run", "--digest", second.digest]) == 0
    assert stage.end(arn).error == "ApprovalRejected"


@pytest.mark.experiment("F69")
@pytest.mark.parametrize(("typed", "status"), [("y\n", "SUCCEEDED"), ("n\n", "RUNNING"), ("", "RUNNING")])
def test_without_a_digest_the_hazards_are_shown_before_anything_is_approved(
    careful: Callable[..., Careful],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    typed: str,
    status: str,
) -> None:
    stage = careful(DROPS)
    arn = stage.start()
    stage.question()
    keyboard = Keyboard(typed)
    monkeypatch.setattr("sys.stdin", keyboard)

    code = rdspatch(["approve", "run"])

    shown = capfd.readouterr()
    assert "0002_less.sql" in shown.out.partition("Approve these for run run?")[0]
    assert (code == 0) is (status == "SUCCEEDED")
    if status == "SUCCEEDED":
        assert stage.end(arn).status == status
    else:
        assert stage.scene.rehearsal.describe(arn).status == status
        assert rdspatch(["reject", "run"]) == 0
        stage.end(arn)


@pytest.mark.experiment("F69")
def test_where_nobody_can_be_asked_a_digest_is_needed(
    careful: Callable[..., Careful],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    stage = careful(DROPS)
    arn = stage.start()
    waiting = stage.question()
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    assert rdspatch(["approve", "run"]) == 2
    shown = capfd.readouterr()
    assert "0002_less.sql" in shown.out
    assert "--digest: is needed where nobody can be asked: an approval is for the hazards that were seen" in shown.err
    assert f"look at the above and give {waiting.digest}" in shown.err
    assert rdspatch(["reject", "run"]) == 0
    stage.end(arn)
