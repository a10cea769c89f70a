"""What each role may do, exactly: a wider grant is a red test and a decision."""

from __future__ import annotations

from typing import Any

import pytest

INTERFACES = {
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
}
# What every function in a VPC needs: logs, traces, network interfaces.
RUNTIME = INTERFACES | {
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
}


def statements_of(template: Any, function: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = template.role_of(template.function(function)["Role"]["Fn::GetAtt"][0])
    return found


def actions(statements: list[dict[str, Any]]) -> set[str]:
    found = [statement["Action"] for statement in statements if statement["Effect"] == "Allow"]
    return {action for item in found for action in ([item] if isinstance(item, str) else item)}


def resources_for(template: Any, statements: list[dict[str, Any]], action: str) -> set[str]:
    found = [item["Resource"] for item in statements if action in actions([item])]
    return {template.resolve(resource) for item in found for resource in (item if isinstance(item, list) else [item])}


def test_the_patcher_may_read_its_secret_and_append_to_the_audit(existing: Any) -> None:
    assert actions(statements_of(existing, "patcher")) == RUNTIME | {
        "dynamodb:PutItem",
        "dynamodb:Query",
        "secretsmanager:DescribeSecret",
        "secretsmanager:GetSecretValue",
    }


def test_the_patcher_with_a_token_may_connect_as_one_user_of_one_database(token: Any) -> None:
    statements = statements_of(token, "patcher")
    assert actions(statements) == RUNTIME | {"dynamodb:PutItem", "dynamodb:Query", "rds-db:connect"}
    assert resources_for(token, statements, "rds-db:connect") == {
        "arn:aws:rds-db:eu-central-1:111122223333:dbuser:db-ABCDEF0123/patcher"
    }


def test_the_patcher_of_a_new_database_connects_to_that_database(fresh_token: Any) -> None:
    (user,) = resources_for(fresh_token, statements_of(fresh_token, "patcher"), "rds-db:connect")
    (database,) = fresh_token.of_type("AWS::RDS::DBInstance")
    assert user == f"arn:aws:rds-db:eu-central-1:111122223333:dbuser:{database}.DbiResourceId/patcher"


def test_the_secret_is_named_exactly(existing: Any) -> None:
    statements = statements_of(existing, "patcher")
    assert resources_for(existing, statements, "secretsmanager:GetSecretValue") == {
        "arn:aws:secretsmanager:eu-central-1:111122223333:secret:meshapp/patcher-AbCdEf"
    }


@pytest.mark.parametrize("stage", ["sandbox", "existing", "token", "fresh_token"])
def test_the_health_function_may_do_nothing_but_trace(stage: str, request: pytest.FixtureRequest) -> None:
    """Catches a grant on database, secret or audit to the function that talks to strangers."""
    template = request.getfixturevalue(stage)
    assert actions(statements_of(template, "health")) == RUNTIME
    environment = str(template.function("health")["Environment"])
    assert not any(word in environment for word in ("DATABASE", "SECRET", "AUDIT"))


def test_the_workflow_may_do_what_its_states_do(sandbox: Any) -> None:
    _, machine = sandbox.machine()
    statements = sandbox.role_of(machine["RoleArn"]["Fn::GetAtt"][0])
    allowed = actions(statements)
    assert {action for action in allowed if not action.startswith(("logs:", "xray:"))} == {
        "lambda:InvokeFunction",
        "dynamodb:PutItem",
        "dynamodb:Query",
        "events:PutEvents",
        "sns:Publish",
    }
    (table,) = sandbox.of_type("AWS::DynamoDB::Table")
    (found,) = resources_for(sandbox, statements, "dynamodb:PutItem")
    assert found.endswith(f":table/{table}")
    assert resources_for(sandbox, statements, "sns:Publish") == set(sandbox.of_type("AWS::SNS::Topic"))


def test_the_workflow_of_a_stage_that_asks_may_write_questions_and_not_read_them(existing: Any) -> None:
    _, machine = existing.machine()
    statements = existing.role_of(machine["RoleArn"]["Fn::GetAtt"][0])
    (audit,) = (name for name in existing.of_type("AWS::DynamoDB::Table") if "Audit" in name)
    assert resources_for(existing, statements, "dynamodb:Query") == {f"{audit}.Arn"}
    assert len(resources_for(existing, statements, "dynamodb:PutItem")) == 2


@pytest.mark.parametrize("function", ["patcher", "health"])
def test_code_of_a_function_cannot_touch_network_interfaces(sandbox: Any, function: str) -> None:
    """Catches code that detaches the interfaces of others with permissions that only Lambda itself needs."""
    (denied,) = [item for item in statements_of(sandbox, function) if item["Effect"] == "Deny"]
    assert set(denied["Action"]) == INTERFACES
    condition = sandbox.resolve(denied["Condition"]["ArnLike"]["lambda:SourceFunctionArn"])
    assert condition == "arn:aws:lambda:eu-central-1:111122223333:function:*"


@pytest.mark.parametrize("function", ["patcher", "health"])
def test_a_function_writes_into_its_own_log_group(sandbox: Any, function: str) -> None:
    groups = resources_for(sandbox, statements_of(sandbox, function), "logs:PutLogEvents")
    own = sandbox.function(function)["LoggingConfig"]["LogGroup"]["Ref"]
    assert groups == {f"{own}.Arn"}


@pytest.mark.parametrize("stage", ["sandbox", "existing", "token", "fresh_token"])
def test_no_role_has_a_policy_that_others_write(stage: str, request: pytest.FixtureRequest) -> None:
    """Catches managed policies: what they allow changes without a commit here."""
    for role in request.getfixturevalue(stage).of_type("AWS::IAM::Role").values():
        assert "ManagedPolicyArns" not in role["Properties"]


def test_the_patcher_reads_the_audit_by_its_indexes(sandbox: Any) -> None:
    (table,) = sandbox.of_type("AWS::DynamoDB::Table")
    read = resources_for(sandbox, statements_of(sandbox, "patcher"), "dynamodb:Query")
    assert read == {f"{table}.Arn", f"{table}.Arn/index/by-run", f"{table}.Arn/index/by-patch"}


def test_nobody_may_change_or_delete_a_record(sandbox: Any) -> None:
    for policy in sandbox.of_type("AWS::IAM::Policy").values():
        allowed = actions(policy["Properties"]["PolicyDocument"]["Statement"])
        tables = {action for action in allowed if action.startswith("dynamodb:")}
        assert tables <= {"dynamodb:PutItem", "dynamodb:Query"}
        assert not any(action == "*" or action.endswith(":*") for action in allowed)


def test_the_schedule_may_start_what_starts_a_repair_and_nothing_else(sandbox: Any) -> None:
    """Catches a schedule whose role could start any run with any input."""
    target = sandbox.only("AWS::Scheduler::Schedule")["Properties"]["Target"]
    statements = sandbox.role_of(target["RoleArn"]["Fn::GetAtt"][0])
    assert actions(statements) == {"states:StartExecution", "sqs:SendMessage"}
    starter, machine = sandbox.machine("NightlyRepair")
    assert resources_for(sandbox, statements, "states:StartExecution") == {starter}
    statements = sandbox.role_of(machine["RoleArn"]["Fn::GetAtt"][0])
    allowed = {action for action in actions(statements) if not action.startswith(("logs:", "xray:"))}
    assert allowed == {"states:StartExecution", "sns:Publish"}
    assert resources_for(sandbox, statements, "states:StartExecution") == {sandbox.machine()[0]}
