"""The construct in somebody else's app."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam

from infra import Approval, HealthCheck, metrics
from tests.infra.shop import HEALTH

if TYPE_CHECKING:
    from tests.infra.shop import Shop


def test_a_health_check_that_outlives_its_function_is_refused(shop: Shop) -> None:
    with pytest.raises(ValueError, match="fit in 110 s"):
        shop.orchestrate(database=shop.endpoint(), health_url=HealthCheck(url=HEALTH, attempts=20))


@pytest.mark.parametrize("url", ["", "shop.example.com/api/health", "ftp://shop.example.com/", "https:///api/health"])
def test_an_address_that_is_no_url_is_refused(shop: Shop, url: str) -> None:
    with pytest.raises(ValueError, match="has to look like https://host/api/health"):
        shop.orchestrate(database=shop.endpoint(), health_url=url)


def test_a_name_that_cannot_be_a_target_is_asked_for(shop: Shop) -> None:
    with pytest.raises(ValueError, match="give target="):
        shop.orchestrate(database=shop.endpoint(), database_name="1st")


def test_the_functions_run_in_the_isolated_subnets(shop: Shop) -> None:
    shop.orchestrate(database=shop.endpoint())
    isolated = [shop.reference(subnet) for subnet in shop.vpc.isolated_subnets]
    used = [item["VpcConfig"]["SubnetIds"] for item in shop.found("AWS::Lambda::Function").values()]
    assert used == [isolated, isolated]


def test_who_may_start_may_do_nothing_else(shop: Shop) -> None:
    person = iam.Role(shop.stack, "Person", assumed_by=iam.AccountRootPrincipal())
    built = shop.orchestrate(database=shop.endpoint())
    built.grant_start(person)
    policies = shop.found("AWS::IAM::Policy").values()
    (own,) = [item for item in policies if shop.reference(person) in item["Roles"]]
    (statement,) = own["PolicyDocument"]["Statement"]
    assert (statement["Action"], statement["Resource"]) == (
        "states:StartExecution",
        shop.reference(built.state_machine),
    )


def test_who_may_read_the_audit_may_do_nothing_else(shop: Shop) -> None:
    person = iam.Role(shop.stack, "Person", assumed_by=iam.AccountRootPrincipal())
    built = shop.orchestrate(database=shop.endpoint())
    assert built.grant_read_audit(person).success
    (own,) = [item for item in shop.found("AWS::IAM::Policy").values() if shop.reference(person) in item["Roles"]]
    (statement,) = own["PolicyDocument"]["Statement"]
    assert statement["Action"] == ["dynamodb:Query", "dynamodb:Scan"]
    table = shop.reference(built.audit_table)["Ref"]
    assert [item for item in statement["Resource"] if table not in str(item)] == []
    assert len(statement["Resource"]) == 3


def test_what_is_granted_can_be_asked(shop: Shop) -> None:
    person = iam.Role(shop.stack, "Person", assumed_by=iam.AccountRootPrincipal())
    built = shop.orchestrate(database=shop.endpoint(), approval=Approval(hazards=()))
    assert (built.grant_start(person).success, built.grant_approve(person).success) == (True, False)


def test_the_numbers_of_an_orchestrator_can_be_watched(shop: Shop) -> None:
    built = shop.orchestrate(database=shop.endpoint())
    for metric in (built.metric_failed_runs(), built.metric_patches_applied(), built.metric_drift()):
        metric.create_alarm(shop.stack, f"Alarm{id(metric)}", threshold=1, evaluation_periods=1)
    watched = str(shop.found("AWS::CloudWatch::Alarm"))
    assert all(name in watched for name in ("ExecutionsFailed", metrics.PATCHES_APPLIED, metrics.DRIFT))


def test_others_can_be_let_in_from_the_patcher(shop: Shop) -> None:
    built = shop.orchestrate(database=shop.endpoint())
    built.connections.allow_to(shop.group, ec2.Port.tcp(6432))
    ports = [rule["FromPort"] for rule in shop.found("AWS::EC2::SecurityGroupIngress").values()]
    assert sorted(ports) == [5432, 6432]


def test_drift_can_be_repaired_at_further_times(shop: Shop) -> None:
    shop.orchestrate(database=shop.endpoint()).add_schedule("Noon", expression="cron(0 12 * * ? *)")
    found = {item["ScheduleExpression"] for item in shop.found("AWS::Scheduler::Schedule").values()}
    assert found == {"cron(17 3 * * ? *)", "cron(0 12 * * ? *)"}
    assert [name for name in shop.found("AWS::CloudWatch::Alarm") if "NoonFailureAlarm" in name]


def test_every_name_that_is_offered_is_there() -> None:
    import infra  # noqa: PLC0415 - the package itself

    assert all(getattr(infra, name) is not None for name in infra.__all__)
    with pytest.raises(AttributeError, match="no attribute 'Patches'"):
        _ = infra.Patches
