"""The construct in somebody else's app."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from aws_cdk import aws_iam as iam

from infra import HealthCheck
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
