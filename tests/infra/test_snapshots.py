"""The snapshot before patches that do more than add; the rehearsal takes one."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from infra.context import BadContext
from infra.database import DatabaseEndpoint
from infra.policies import Snapshot, SnapshotPolicy
from infra.settings import parse
from infra.snapshot_source import SnapshotSource, snapshot_source
from infra.unusable import UnusableDatabase
from tests.infra.state_machine import caught_by
from tests.infra.test_permissions import actions, resources_for

if TYPE_CHECKING:
    from collections.abc import Callable

CLUSTER = "shop.cluster-abcdefghijkl.eu-central-1.rds.amazonaws.com"


@pytest.fixture(scope="session")
def guarded(existing: Any) -> dict[str, Any]:
    """The states of a stage that takes snapshots when they are needed."""
    states: dict[str, Any] = existing.definition()["States"]
    return states


def endpoint(host: str) -> DatabaseEndpoint:
    return DatabaseEndpoint(host=host, name="shop", security_group=None)  # type: ignore[arg-type] # not looked at


def test_a_snapshot_is_taken_once_between_plan_and_the_first_patch(guarded: dict[str, Any]) -> None:
    """Catches one before every call of Apply: what Apply answers says nothing of what is additive."""
    (rule,) = (rule for rule in guarded["NextStep"]["Choices"] if rule["Next"] == "NameSnapshot")
    assert rule["And"] == [
        {"Variable": "$.work.additive", "IsPresent": True},
        {"Variable": "$.work.pending", "NumericGreaterThan": 0},
        {"Variable": "$.work.additive", "BooleanEquals": False},
    ]
    names = [rule["Next"] for rule in guarded["NextStep"]["Choices"]]
    assert names.index("Verify") < names.index("NameSnapshot") < names.index("Apply")
    assert "additive" not in str(guarded["Apply"]["ResultSelector"])


def test_nothing_is_applied_before_it_is_complete(guarded: dict[str, Any]) -> None:
    complete, going_on = guarded["IsSnapshotThere"]["Choices"]
    assert (complete["StringEquals"], complete["Next"]) == ("available", "FindRecordBeforeSnapshot")
    assert (going_on["StringEquals"], going_on["Next"]) == ("creating", "WaitForSnapshot")
    assert guarded["IsSnapshotThere"]["Default"] == "OutcomeNoSnapshot"
    for name in ("TakeSnapshot", "LookAtSnapshot", "FindRecordBeforeSnapshot", "RecordSnapshot", "NoteSnapshot"):
        assert caught_by(guarded[name], "States.Timeout") == "OutcomeNoSnapshot", name


def test_a_second_try_finds_what_the_first_one_began(guarded: dict[str, Any]) -> None:
    taken = "Rds.DbSnapshotAlreadyExistsException"
    assert taken in guarded["TakeSnapshot"]["Retry"][0]["ErrorEquals"]
    assert guarded["TakeSnapshot"]["Retry"][0]["MaxAttempts"] == 0
    assert caught_by(guarded["TakeSnapshot"], taken) == guarded["TakeSnapshot"]["Next"] == "WaitForSnapshot"


def test_what_cannot_be_removed_does_not_keep_the_patches_away(guarded: dict[str, Any]) -> None:
    assert caught_by(guarded["FindOldSnapshots"], "States.Timeout") == "Apply"
    assert caught_by(guarded["RemoveOldSnapshots"], "States.Timeout") == "Apply"
    inside = guarded["RemoveOldSnapshots"]["ItemProcessor"]["States"]
    assert caught_by(inside["RemoveSnapshot"], "Rds.DbSnapshotNotFoundException") == "SnapshotStays"


def test_the_record_has_a_place_between_plan_and_apply(guarded: dict[str, Any]) -> None:
    key = guarded["RecordSnapshot"]["Parameters"]["Item"]["SK"]["S.$"]
    assert key == "States.Format('RUN#{}#{}#100000', $.run.started_at, $.run.id)"


def test_the_workflow_may_take_and_remove_its_own_snapshots_of_this_database(existing: Any) -> None:
    _, machine = existing.machine()
    statements = existing.role_of(machine["RoleArn"]["Fn::GetAtt"][0])
    ours, database = "arn:aws:rds:eu-central-1:111122223333:snapshot:rdspatch-meshapp-*", "meshapp"
    assert resources_for(existing, statements, "rds:DeleteDBSnapshot") == {ours}
    assert resources_for(existing, statements, "rds:AddTagsToResource") == {ours}
    assert resources_for(existing, statements, "rds:CreateDBSnapshot") == {
        ours,
        f"arn:aws:rds:eu-central-1:111122223333:db:{database}",
    }


def test_a_stage_without_snapshots_has_no_right_to_take_any(sandbox: Any) -> None:
    _, machine = sandbox.machine()
    allowed = actions(sandbox.role_of(machine["RoleArn"]["Fn::GetAtt"][0]))
    assert not {action for action in allowed if action.startswith("rds:")}
    assert "TakeSnapshot" not in sandbox.definition()["States"]


def test_of_a_cluster_a_cluster_snapshot_is_taken(
    context: dict[str, Any], synth: Callable[[str, dict[str, Any]], Any]
) -> None:
    description = copy.deepcopy(context["rdspatch:stages"]["existing"])
    description["database"]["host"] = CLUSTER
    states = synth("cluster", description | {"snapshot": {"policy": "always", "keep": 3}}).definition()["States"]
    take = states["TakeSnapshot"]
    assert take["Resource"].endswith(":aws-sdk:rds:createDBClusterSnapshot")
    assert take["Parameters"]["DbClusterIdentifier"] == "shop"
    assert set(take["Parameters"]) == {"DbClusterIdentifier", "DbClusterSnapshotIdentifier.$", "Tags"}
    assert states["LookAtSnapshot"]["ResultSelector"] == {"found.$": "$.DbClusterSnapshots[0]"}
    (rule,) = (rule for rule in states["NextStep"]["Choices"] if rule["Next"] == "NameSnapshot")
    assert "BooleanEquals" not in str(rule)
    assert states["FindOldSnapshots"]["ResultSelector"] == {"parts.$": "States.ArrayPartition($.Items, 3)"}


@pytest.mark.parametrize(
    ("host", "rule", "source"),
    [
        ("shop.abc123.eu-central-1.rds.amazonaws.com", Snapshot(), SnapshotSource(identifier="shop", is_cluster=False)),
        (CLUSTER, Snapshot(), SnapshotSource(identifier="shop", is_cluster=True)),
        ("db.internal", Snapshot(instance="shop"), SnapshotSource(identifier="shop", is_cluster=False)),
        ("db.internal", Snapshot(cluster="shop"), SnapshotSource(identifier="shop", is_cluster=True)),
    ],
)
def test_the_host_name_or_the_rule_tells_what_is_behind_it(host: str, rule: Snapshot, source: SnapshotSource) -> None:
    assert snapshot_source(endpoint(host), rule) == source


def test_a_host_name_that_tells_nothing_is_refused_and_not_ignored() -> None:
    with pytest.raises(UnusableDatabase, match=r"db\.internal .*SnapshotPolicy\.NEVER"):
        snapshot_source(endpoint("db.internal"), Snapshot())


def test_the_snapshots_of_a_stage_are_read(context: dict[str, Any]) -> None:
    stages = copy.deepcopy(dict(context["rdspatch:stages"]))
    assert parse(stages, "existing").snapshot == Snapshot(policy=SnapshotPolicy.WHEN_NEEDED, keep=5)
    assert parse(stages, "sandbox").snapshot.policy is SnapshotPolicy.NEVER
    stages["existing"]["snapshot"] = {"policy": "always", "keep": 1, "cluster": "shop"}
    assert parse(stages, "existing").snapshot == Snapshot(policy=SnapshotPolicy.ALWAYS, keep=1, cluster="shop")


@pytest.mark.parametrize(
    "written",
    [{"policy": "sometimes"}, {"keep": 0}, {"instance": "a", "cluster": "b"}, {"instance": "a b"}, {"kep": 1}],
)
def test_snapshots_that_cannot_be_meant_are_refused(context: dict[str, Any], written: Any) -> None:
    stages = copy.deepcopy(dict(context["rdspatch:stages"]))
    stages["existing"]["snapshot"] = written
    with pytest.raises(BadContext, match=r"existing\.snapshot"):
        parse(stages, "existing")
