"""What waits for somebody's approval; the rehearsal asks and answers."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from infra.context import BadContext
from infra.policies import HAZARDS, Approval
from infra.settings import parse
from rdspatch.core.approval import parse_approval
from rdspatch.core.proof import HazardKind
from tests.infra.test_workflow import attempts_for, caught_by


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
    assert told == {"ask": ["destructive"], "given.$": "$.approved"}
    document = {"ask": told["ask"], "given": guarded["Begin"]["Parameters"]["approved"]}
    assert parse_approval(document).ask == {HazardKind.DESTRUCTIVE}


def test_the_token_is_in_one_item_and_nowhere_else(guarded: dict[str, Any]) -> None:
    """Catches a token in a message, where everybody who reads it could approve."""
    assert [name for name, state in guarded.items() if "$$.Task.Token" in str(state)] == ["AwaitApproval"]
    parameters = guarded["AwaitApproval"]["Parameters"]
    assert guarded["AwaitApproval"]["Resource"].endswith(":aws-sdk:dynamodb:putItem.waitForTaskToken")
    assert parameters["Item"]["PK"] == {"S": "APPROVAL#meshapp"}
    assert "run_id" not in parameters["Item"]


def test_the_wait_ends_and_the_run_has_the_time_for_it(existing: Any, guarded: dict[str, Any]) -> None:
    assert guarded["AwaitApproval"]["TimeoutSeconds"] == 24 * 3600
    assert existing.definition()["TimeoutSeconds"] == 28 * 3600
    assert caught_by(guarded["AwaitApproval"], "States.Timeout") == "OutcomeExpired"
    assert attempts_for(guarded["AwaitApproval"], "States.Timeout") == 0


def test_a_message_that_fails_does_not_end_the_run(guarded: dict[str, Any]) -> None:
    assert caught_by(guarded["AskForApproval"], "States.Timeout") == "AwaitApproval"


def test_in_the_sandbox_nothing_waits(sandbox: Any, states: dict[str, Any]) -> None:
    assert "AwaitApproval" not in states
    assert states["Plan"]["Parameters"]["Payload"]["approval"]["ask"] == []
    assert sandbox.definition()["TimeoutSeconds"] == 4 * 3600


def test_the_stage_and_the_proof_call_hazards_the_same() -> None:
    assert set(HAZARDS) == {kind.value for kind in HazardKind}


def test_the_approval_of_a_stage_is_read(context: dict[str, Any]) -> None:
    stages = copy.deepcopy(dict(context["rdspatch:stages"]))
    assert parse(stages, "existing").approval == Approval(hazards=("destructive",), hours=24)
    assert parse(stages, "sandbox").approval.hazards == ()
    stages["existing"]["approval"] = {"hazards": ["rewrite", "data-change"], "hours": 2}
    assert parse(stages, "existing").approval == Approval(hazards=("rewrite", "data-change"), hours=2)


@pytest.mark.parametrize("written", [{"hazards": ["all"]}, {"hazards": "destructive"}, {"hours": 0}, {"hors": 2}])
def test_an_approval_that_cannot_be_meant_is_refused(context: dict[str, Any], written: Any) -> None:
    stages = copy.deepcopy(dict(context["rdspatch:stages"]))
    stages["existing"]["approval"] = written
    with pytest.raises(BadContext, match=r"existing\.approval"):
        parse(stages, "existing")


def test_who_may_approve_reads_the_questions_only(context: dict[str, Any], asset: Any, tmp_path: Any) -> None:
    """Catches a grant that lets an approver read, or start, everything."""
    from aws_cdk import aws_iam as iam  # noqa: PLC0415 - starts Node

    from infra import app  # noqa: PLC0415 - starts Node

    own = copy.deepcopy(context) | {"stage": "existing", "asset": str(asset)}
    built = app.build(own, tmp_path)
    stack = built.node.find_child("rdspatch-existing")
    role = iam.Role(stack, "Approver", assumed_by=iam.AccountRootPrincipal())
    stack.orchestrator.grant_approve(role)
    built.synth()
    template = json.loads((tmp_path / "rdspatch-existing.template.json").read_text(encoding="utf-8"))
    (policy,) = (
        item["Properties"]["PolicyDocument"]["Statement"]
        for name, item in template["Resources"].items()
        if item["Type"] == "AWS::IAM::Policy" and name.startswith("Approver")
    )
    answer, read = policy
    assert set(answer["Action"]) == {"states:SendTaskFailure", "states:SendTaskHeartbeat", "states:SendTaskSuccess"}
    assert read["Action"] == "dynamodb:Query"
    assert read["Condition"] == {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["APPROVAL#meshapp"]}}
