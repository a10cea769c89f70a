from __future__ import annotations

import copy
from typing import Any

import pytest
from aws_cdk import Token

from infra.context import BadContext
from infra.settings import (
    ExistingDatabase,
    ExistingNetwork,
    ExistingSecret,
    HealthCheck,
    IamUser,
    NewDatabase,
    NewNetwork,
    VpcEndpoint,
    parse,
)


@pytest.fixture
def stages(context: dict[str, Any]) -> dict[str, Any]:
    return copy.deepcopy(dict(context["rdspatch:stages"]))


def by_secret(database: dict[str, Any]) -> dict[str, Any]:
    """Turn the description of a database with login by token into one with a secret."""
    del database["user"], database["resource_id"]
    arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:meshapp/patcher-AbCdEf"
    database |= {"auth": "secret", "secret_arn": arn}
    return database


def problems(stages: dict[str, Any], stage: str) -> tuple[str, ...]:
    with pytest.raises(BadContext) as caught:
        parse(stages, stage)
    return caught.value.problems


def test_the_sandbox_example_makes_everything_new(stages: dict[str, Any]) -> None:
    settings = parse(stages, "sandbox")
    assert settings.network == NewNetwork(cidr="10.64.0.0/24")
    assert settings.database == NewDatabase(name="meshapp", user=None)
    assert settings.health.smoke_paths == ("/api/projects/1",)


def test_the_existing_example_makes_nothing_new(stages: dict[str, Any]) -> None:
    settings = parse(stages, "existing")
    assert isinstance(settings.network, ExistingNetwork)
    assert settings.network.create_endpoints == frozenset()
    assert isinstance(settings.database, ExistingDatabase)
    assert settings.database.auth == IamUser(name="rdspatch", resource_id="db-ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def test_a_token_is_the_login_when_nothing_is_said(stages: dict[str, Any]) -> None:
    database = stages["existing"]["database"]
    del database["auth"], database["user"]
    parsed = parse(stages, "existing").database
    assert isinstance(parsed, ExistingDatabase)
    assert parsed.auth == IamUser(name="rdspatch", resource_id=database["resource_id"])


def test_a_secret_is_the_alternative(stages: dict[str, Any]) -> None:
    database = by_secret(stages["existing"]["database"])
    parsed = parse(stages, "existing").database
    assert isinstance(parsed, ExistingDatabase)
    assert parsed.auth == ExistingSecret(arn=database["secret_arn"])


def test_an_unknown_stage_is_answered_with_the_known_ones(stages: dict[str, Any]) -> None:
    (problem,) = problems(stages, "prod")
    assert "'prod'" in problem
    assert "sandbox, existing" in problem


def test_every_problem_is_reported_at_once(stages: dict[str, Any]) -> None:
    stage = stages["existing"]
    stage |= {"target": "Mesh App", "regoin": "eu-central-1", "account": "12"}
    del stage["network"]["vpc_id"]
    stage["network"]["subnet_ids"] = ["subnet-0a1b", 7]
    by_secret(stage["database"])
    stage["database"] |= {"port": True, "secret_arn": "arn:aws:secretsmanager:eu-central-1:111122223333:secret:x"}
    stage["database"]["security_group_id"] = None
    stage["health"] = {"url": "ftp://x", "retries": 3}
    named = {
        problem.split(": ")[0].removeprefix("rdspatch:stages.existing.") for problem in problems(stages, "existing")
    }
    assert named == {
        "target",
        "account",
        "regoin",
        "network.vpc_id",
        "network.subnet_ids",
        "database.port",
        "database.secret_arn",
        "database.security_group_id",
        "health.url",
        "health.retries",
    }


@pytest.mark.parametrize(
    ("section", "change", "key", "says"),
    [
        ("network", {"availability_zones": ["eu-central-1a"]}, "availability_zones", "each of the 2"),
        ("network", {"create_endpoints": ["dynamodb"]}, "route_table_ids", "each of the 2"),
        ("network", {"create_endpoints": ["s3"]}, "create_endpoints", "dynamodb|secretsmanager"),
        ("network", {"subnet_ids": "subnet-0a1b"}, "subnet_ids", "list of strings"),
        ("network", {"cidr": "10.0.0.0/24"}, "cidr", "unknown key"),
        ("database", {"host": "x.proxy-abc.eu-central-1.rds.amazonaws.com"}, "host", "RDS Proxy"),
        ("database", {"auth": "none"}, "auth", "secret|iam"),
        ("database", {"resource_id": "i-0123"}, "resource_id", "match"),
        ("database", {"auth": "secret"}, "secret_arn", "missing"),
        ("database", {"port": 0}, "port", "from 1 to 65535"),
        ("health", {"url": "https://x.example.com/health"}, "url", "/api/health"),
        ("health", {"smoke_paths": ["//elsewhere/x"]}, "smoke_paths", "match"),
        ("health", {"smoke_paths": ["/a,/b"]}, "smoke_paths", "match"),
        ("health", {"attempts": 20}, "attempts", "fit in 110 s"),
    ],
)
def test_a_mistake_is_named_with_what_to_write(
    stages: dict[str, Any], section: str, change: dict[str, Any], key: str, says: str
) -> None:
    stages["existing"][section] |= change
    assert any(
        problem.startswith(f"rdspatch:stages.existing.{section}.{key}: ") and says in problem
        for problem in problems(stages, "existing")
    )


def test_a_new_network_cannot_hold_an_old_database(stages: dict[str, Any]) -> None:
    stages["existing"]["network"] = {"create": True}
    assert any("no way to the existing database" in problem for problem in problems(stages, "existing"))


def test_a_cidr_with_host_bits_is_refused(stages: dict[str, Any]) -> None:
    stages["sandbox"]["network"]["cidr"] = "10.64.0.1/24"
    assert any(".network.cidr: " in problem for problem in problems(stages, "sandbox"))


def test_a_stage_that_is_no_object_is_refused_and_not_a_crash() -> None:
    assert any("write an object" in problem for problem in problems({"x": ["y"]}, "x"))


def test_endpoints_to_create_are_read(stages: dict[str, Any]) -> None:
    stages["existing"]["network"] |= {
        "create_endpoints": ["secretsmanager", "dynamodb"],
        "route_table_ids": ["rtb-0a", "rtb-0b"],
    }
    network = parse(stages, "existing").network
    assert isinstance(network, ExistingNetwork)
    assert network.create_endpoints == frozenset(VpcEndpoint)


@pytest.mark.parametrize(
    ("url", "port"),
    [
        ("http://app.internal:8000/api/health", 8000),
        ("http://app.internal/api/health", 80),
        ("https://app.internal/api/health", 443),
    ],
)
def test_the_port_of_the_health_address_is_what_a_browser_would_use(url: str, port: int) -> None:
    assert HealthCheck(url=url).port == port


def test_all_attempts_of_the_health_check_count_every_path() -> None:
    health = HealthCheck(url="http://x/api/health", smoke_paths=("/a", "/b"), attempts=2)
    assert health.longest_seconds == 2 * (3 * 5 + 5)


@pytest.mark.parametrize(
    ("before", "after", "port"),
    [
        ("https://", "/api/health", 443),
        ("http://", "/api/health", 80),
        ("http://", ":8000/api/health", 8000),
        ("https://", ":8443", 8443),
    ],
)
def test_the_port_of_an_address_is_known_before_its_host_is(before: str, after: str, port: int) -> None:
    """Catches the load balancer of the same app: its name is a placeholder with brackets until the deployment."""
    placeholder = Token.as_string({"Fn::GetAtt": ["Balancer", "DNSName"]})
    for host in (placeholder, "shop.example.com", "10.0.0.7"):
        assert HealthCheck(url=f"{before}{host}{after}").port == port
