"""What a failed run says of its snapshot are commands that RDS would take, for a database like the one there was."""

from __future__ import annotations

import json
import re
import shlex
from typing import TYPE_CHECKING, Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from infra.snapshots import prefix_of
from tests.infra import cases, combinations, judging

if TYPE_CHECKING:
    from tests.infra.judging import Ran

KEPT = {
    "DBSubnetGroupName": "isolated",
    "VpcSecurityGroupIds": ["sg-1", "sg-2"],
    "EnableIAMDatabaseAuthentication": True,
}


def message_of(turn: str, *, source: str, **answers: Any) -> str:
    """What people read at the end of an unhealthy run."""
    name = f"snapshot always of {source}, approval of nothing"
    definitions = combinations.definitions()
    told = judging.Case(definition=name, answers={**cases.GOOD, **cases.TURNS[turn], **answers})
    ran: Ran
    (ran,) = judging.run_in_javascript({name: definitions[name]}, [told])
    assert ran.end["error"] == "Unhealthy"
    return str(ran.end["cause"])


def commands(message: str) -> list[tuple[str, dict[str, Any]]]:
    """The commands in a message, as action and parameters."""
    found = []
    for command in re.findall(r"aws rds .*?(?=; then|$)", message):
        _, _, action, *options = shlex.split(command)
        given = dict(zip(options[::2], options[1::2], strict=True))
        parameters = json.loads(given.pop("--cli-input-json"))
        names = {"--db-snapshot-identifier": "DBSnapshotIdentifier", "--snapshot-identifier": "SnapshotIdentifier"}
        found.append((action, parameters | {names[option]: value for option, value in given.items()}))
    return found


def refused(action: str, parameters: dict[str, Any]) -> str:
    """What botocore says against the parameters of a command; nothing when it would send them."""
    model = botocore.session.get_session().get_service_model("rds")
    (operation,) = (name for name in model.operation_names if name.lower() == action.replace("-", ""))
    return str(ParamValidator().validate(parameters, model.operation_model(operation).input_shape).generate_report())


def test_an_instance_comes_back_with_groups_parameters_and_login() -> None:
    ((action, parameters),) = commands(message_of("a snapshot, then unhealthy", source="an instance"))
    assert action == "restore-db-instance-from-db-snapshot"
    assert parameters.pop("DBSnapshotIdentifier").startswith("rdspatch-shop-")
    assert parameters == KEPT | {"DBInstanceIdentifier": "NEW", "DBParameterGroupName": "ours"}
    assert refused(action, parameters) == ""


@pytest.mark.parametrize(
    ("turn", "more"),
    [
        ("a snapshot, then unhealthy", {}),
        (
            "a snapshot of a serverless cluster",
            {"ServerlessV2ScalingConfiguration": {"MinCapacity": 0.5, "MaxCapacity": 4}},
        ),
    ],
)
def test_a_cluster_comes_back_with_an_instance(turn: str, more: dict[str, Any]) -> None:
    (restore, cluster), (create, member) = commands(message_of(turn, source="a cluster"))
    assert (restore, create) == ("restore-db-cluster-from-snapshot", "create-db-instance")
    assert cluster.pop("SnapshotIdentifier").startswith("rdspatch-shop-")
    engine = {"Engine": "aurora-postgresql"}
    assert cluster == KEPT | engine | more | {"DBClusterIdentifier": "NEW", "DBClusterParameterGroupName": "ours"}
    assert member == engine | {
        "DBClusterIdentifier": "NEW",
        "DBInstanceIdentifier": "NEW-1",
        "DBInstanceClass": "db.r6g.large",
        "DBParameterGroupName": "ours",
    }
    assert refused(restore, cluster | {"SnapshotIdentifier": "a"}) == refused(create, member) == ""


def test_a_cluster_in_several_zones_brings_its_instances_with_it() -> None:
    ((action, cluster),) = commands(message_of("a snapshot of a cluster in several zones", source="a cluster"))
    assert (cluster["Engine"], cluster["DBClusterInstanceClass"]) == ("postgres", "db.m6gd.large")
    assert refused(action, cluster) == ""


def test_where_rds_does_not_say_the_message_names_the_snapshot() -> None:
    """Catches a run that is stopped by a question that only a message needs."""
    nothing = [{"result": {"DbInstances": [{}]}}]
    message = message_of("a snapshot, then unhealthy", source="an instance", DescribeDatabase=nothing)
    assert re.search(r"before the patches: rdspatch-shop-\S+\. The runbook says how", message)


def test_a_name_that_rds_does_not_know_would_be_seen() -> None:
    assert "DBInstanceName" in refused("restore-db-instance-from-db-snapshot", {"DBInstanceName": "a"})


@pytest.mark.parametrize("longest", [63, 255])
@pytest.mark.parametrize("target", ["shop", "a" * 63, "a-" * 31 + "a", "a" + "-" * 61 + "b"])
def test_the_name_of_a_snapshot_is_one_that_rds_takes(target: str, longest: int) -> None:
    name = f"{prefix_of(target, longest=longest)}-2026-01-31-0123456789ab"
    assert len(name) <= longest
    assert re.fullmatch(r"[a-z](-?[a-z0-9])*", name)


def test_long_targets_that_begin_alike_have_snapshots_of_their_own() -> None:
    alike = ["a" * 62 + last for last in "bc"]
    assert len({prefix_of(target, longest=63) for target in alike}) == len(alike)
