"""What waits for somebody's approval; the rehearsal asks and answers."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest

from infra.context import BadContext
from infra.gates import Rules
from infra.policies import HAZARDS, Approval
from infra.settings import parse
from rdspatch.core.approval import parse_approval
from rdspatch.core.proof import HazardKind
from tests.infra.state_machine import attempts_for, caught_by, tasks
from tests.infra.test_permissions import actions

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(scope="session")
def guarded(existing: Any) -> dict[str, Any]:
    """The states of a stage in which destructive patches wait."""
    states: dict[str, Any] = existing.definition()["States"]
    return states


def test_hazards_are_approved_before_the_snapshot_and_the_first_patch(guarded: dict[str, Any]) -> None:
    nexts = [rule["Next"] for rule in guarded["NextStep"]["Choices"]]
    assert nexts.index("Verify") < nexts.index("AskForApproval") < nexts.index("NameSnapshot") < nexts.index("Apply")
    (rule,) = (rule for rule in guarded["NextStep"]["Choices"] if rule["Next"] == "AskForApproval")
    assert rule["And"] == [
        {"Variable": "$.work.approval.needed", "IsPresent": True},
        {"Variable": "$.work.approval.needed", "BooleanEquals": True},
    ]


def test_an_approved_run_plans_again(guarded: dict[str, Any]) -> None:
    """Catches an approval that goes straight to Apply: the patches may be others by then."""
    (rule,) = guarded["IsApproved"]["Choices"]
    assert (rule["BooleanEquals"], rule["Next"]) == (True, "NoteApproval")
    assert guarded["NoteApproval"]["Next"] == "Plan"
    assert guarded["NoteApproval"]["Parameters"]["digest.$"] == "$.work.approval.digest"
    assert guarded["IsApproved"]["Default"] == "OutcomeRejected"


def test_what_plan_is_told_is_what_the_handler_takes(guarded: dict[str, Any]) -> None:
    told = guarded["Plan"]["Parameters"]["Payload"]["approval"]
    assert told == {"ask": ["destructive", "removes", "access"], "given.$": "$.approved"}
    document = {"ask": told["ask"], "given": guarded["Begin"]["Parameters"]["approved"]}
    assert parse_approval(document).ask == {HazardKind.DESTRUCTIVE, HazardKind.REMOVES, HazardKind.ACCESS}


def test_whoever_is_asked_and_whoever_asked_for_a_plan_reads_its_note(guarded: dict[str, Any]) -> None:
    """Catches an approval of patches that were never tried on the target's version, without anybody being told."""
    assert "$.work.note" in guarded["AskForApproval"]["Parameters"]["Message.$"]
    assert guarded["AwaitApproval"]["Parameters"]["Item"]["note"] == {"S.$": "$.work.note"}
    assert "$.work.note" in guarded["OutcomePlanned"]["Parameters"]["message.$"]


def test_the_token_is_in_one_item_and_nowhere_else(guarded: dict[str, Any]) -> None:
    """Catches a token in a message, where everybody who reads it could approve."""
    assert [name for name, state in guarded.items() if "$$.Task.Token" in str(state)] == ["AwaitApproval"]
    parameters = guarded["AwaitApproval"]["Parameters"]
    assert guarded["AwaitApproval"]["Resource"].endswith(":aws-sdk:dynamodb:putItem.waitForTaskToken")
    assert parameters["Item"]["run_id"] == {"S.$": "$.run.id"}
    assert parameters["Item"]["token"] == {"S.$": "$$.Task.Token"}


def test_the_question_is_kept_apart_from_the_audit(existing: Any, guarded: dict[str, Any]) -> None:
    """Catches a token in a table that people read who are not to approve, and one that a function may read."""
    audit = guarded["RecordStarted"]["Parameters"]["TableName"]
    questions = guarded["AwaitApproval"]["Parameters"]["TableName"]
    assert {audit, questions} == set(existing.of_type("AWS::DynamoDB::Table"))
    assert audit != questions
    may = {
        (name, action)
        for name, policy in existing.of_type("AWS::IAM::Policy").items()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if f"'{questions}'" in str(statement["Resource"])
        for action in actions([statement])
    }
    ((writer, action),) = may
    assert (writer.startswith("OrchestratorWorkflowStateMachineRole"), action) == (True, "dynamodb:PutItem")


def test_the_table_of_questions_has_the_keys_that_are_asked_for(existing: Any, guarded: dict[str, Any]) -> None:
    table = existing.of_type("AWS::DynamoDB::Table")[guarded["AwaitApproval"]["Parameters"]["TableName"]]["Properties"]
    keys = [(key["AttributeName"], key["KeyType"]) for key in table["KeySchema"]]
    assert keys == [("run_id", "HASH"), ("asked_at", "RANGE")]
    assert {name for name, _ in keys} < set(guarded["AwaitApproval"]["Parameters"]["Item"])
    assert table["SSESpecification"] == {"SSEEnabled": True}


def test_hazards_that_wait_have_somewhere_to_ask() -> None:
    """Catches a stage whose hazards would go on to Apply because no state asks."""
    with pytest.raises(ValueError, match="need a table"):
        Rules(approval=Approval(hazards=("destructive",)))


def test_the_wait_ends_and_the_run_has_the_time_for_it(existing: Any, guarded: dict[str, Any]) -> None:
    assert guarded["AwaitApproval"]["TimeoutSeconds"] == 24 * 3600
    assert existing.definition()["TimeoutSeconds"] == 28 * 3600
    assert caught_by(guarded["AwaitApproval"], "States.Timeout") == "OutcomeExpired"
    assert attempts_for(guarded["AwaitApproval"], "States.Timeout") == 0


def test_no_error_escapes_a_task_of_a_stage_that_asks_and_takes_snapshots(guarded: dict[str, Any]) -> None:
    """Catches a gate that is forgotten because the sandbox has none."""
    found = tasks(guarded)
    assert {"AskForApproval", "AwaitApproval", "TakeSnapshot", "RecordSnapshot"} < set(found)
    for name, state in found.items():
        assert state["Retry"], name
        assert state["Catch"][-1]["ErrorEquals"] == ["States.ALL"], name
        assert state["TimeoutSeconds"] <= (24 * 3600 if name == "AwaitApproval" else 900), name


def test_a_question_that_cannot_be_kept_is_tried_again_and_then_ends_the_run(guarded: dict[str, Any]) -> None:
    assert attempts_for(guarded["AwaitApproval"], "DynamoDB.ThrottlingException") == 5
    assert caught_by(guarded["AwaitApproval"], "DynamoDB.ThrottlingException") == "IsOurError"


def test_each_wait_has_a_question_of_its_own(guarded: dict[str, Any]) -> None:
    """Catches a second question of one run under the key of the first: the newest is the one that is answered."""
    assert guarded["AwaitApproval"]["Parameters"]["Item"]["asked_at"] == {"S.$": "$$.State.EnteredTime"}


def test_a_message_that_fails_does_not_end_the_run(guarded: dict[str, Any]) -> None:
    assert caught_by(guarded["AskForApproval"], "States.Timeout") == "AwaitApproval"


def test_in_the_sandbox_nothing_waits(sandbox: Any, states: dict[str, Any]) -> None:
    assert "AwaitApproval" not in states
    assert len(sandbox.of_type("AWS::DynamoDB::Table")) == 1
    assert states["Plan"]["Parameters"]["Payload"]["approval"]["ask"] == []
    assert sandbox.definition()["TimeoutSeconds"] == 4 * 3600


def test_the_stage_and_the_proof_call_hazards_the_same() -> None:
    assert set(HAZARDS) == {kind.value for kind in HazardKind}


def test_the_approval_of_a_stage_is_read(context: dict[str, Any]) -> None:
    stages = copy.deepcopy(dict(context["rdspatch:stages"]))
    assert parse(stages, "existing").approval == Approval(hazards=("destructive", "removes", "access"), hours=24)
    assert parse(stages, "sandbox").approval.hazards == ()
    stages["existing"]["approval"] = {"hazards": ["rewrite", "data-change"], "hours": 2}
    assert parse(stages, "existing").approval == Approval(hazards=("rewrite", "data-change"), hours=2)


@pytest.mark.parametrize("written", [{"hazards": ["all"]}, {"hazards": "destructive"}, {"hours": 0}, {"hors": 2}])
def test_an_approval_that_cannot_be_meant_is_refused(context: dict[str, Any], written: Any) -> None:
    stages = copy.deepcopy(dict(context["rdspatch:stages"]))
    stages["existing"]["approval"] = written
    with pytest.raises(BadContext, match=r"existing\.approval"):
        parse(stages, "existing")


@pytest.fixture
def approver(context: dict[str, Any], asset: Any, tmp_path: Any) -> Callable[[str], list[dict[str, Any]]]:
    """What somebody may do who was let approve on a stage."""
    from aws_cdk import aws_iam as iam  # noqa: PLC0415 - starts Node

    from infra import app  # noqa: PLC0415 - starts Node

    def statements(stage: str) -> list[dict[str, Any]]:
        built = app.build(copy.deepcopy(context) | {"stage": stage, "asset": str(asset)}, tmp_path)
        stack = built.node.find_child(f"rdspatch-{stage}")
        role = iam.Role(stack, "Approver", assumed_by=iam.AccountRootPrincipal())
        stack.orchestrator.grant_approve(role)
        built.synth()
        template = json.loads((tmp_path / f"rdspatch-{stage}.template.json").read_text(encoding="utf-8"))
        return [
            statement
            for name, item in template["Resources"].items()
            if item["Type"] == "AWS::IAM::Policy" and name.startswith("Approver")
            for statement in item["Properties"]["PolicyDocument"]["Statement"]
        ]

    return statements


def test_who_may_approve_reads_the_questions_and_answers(
    approver: Callable[[str], list[dict[str, Any]]], guarded: dict[str, Any], existing: Any
) -> None:
    """Catches a grant that lets an approver read the audit, start runs, or make a run ask again and again."""
    answer, read = approver("existing")
    assert (answer["Action"], answer["Resource"]) == ("states:SendTaskSuccess", {"Ref": existing.machine()[0]})
    questions = guarded["AwaitApproval"]["Parameters"]["TableName"]
    assert (read["Action"], read["Resource"]) == ("dynamodb:Query", {"Fn::GetAtt": [questions, "Arn"]})


def test_where_nothing_waits_an_approver_may_do_nothing(approver: Callable[[str], list[dict[str, Any]]]) -> None:
    assert approver("sandbox") == []
