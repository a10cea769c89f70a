from __future__ import annotations

from typing import Any

import pytest


def test_the_audit_table_cannot_be_lost_by_accident(sandbox: Any) -> None:
    table = sandbox.only("AWS::DynamoDB::Table")
    assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("Retain", "Retain")
    properties = table["Properties"]
    assert properties["DeletionProtectionEnabled"] is True
    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert properties["SSESpecification"] == {"SSEEnabled": True}
    assert "TimeToLiveSpecification" not in properties
    assert properties["BillingMode"] == "PAY_PER_REQUEST"


def test_the_audit_table_has_the_keys_that_the_code_queries(sandbox: Any) -> None:
    properties = sandbox.only("AWS::DynamoDB::Table")["Properties"]
    indexes = {
        index["IndexName"]: [key["AttributeName"] for key in index["KeySchema"]]
        for index in properties["GlobalSecondaryIndexes"]
    }
    assert [key["AttributeName"] for key in properties["KeySchema"]] == ["PK", "SK"]
    assert indexes == {"by-run": ["run_id", "SK"], "by-patch": ["patch_id", "SK"]}
    assert all(item["AttributeType"] == "S" for item in properties["AttributeDefinitions"])


@pytest.mark.parametrize(("name", "memory", "timeout"), [("patcher", 512, 900), ("health", 256, 120)])
def test_the_functions_have_the_agreed_size(sandbox: Any, name: str, memory: int, timeout: int) -> None:
    function = sandbox.function(name)
    assert (function["MemorySize"], function["Timeout"]) == (memory, timeout)
    assert (function["Runtime"], function["Architectures"]) == ("python3.13", ["arm64"])
    assert "ReservedConcurrentExecutions" not in function
    assert function["VpcConfig"]["SubnetIds"]


def test_both_functions_are_one_asset(sandbox: Any) -> None:
    """Catches two builds: they could hold different patches."""
    assert sandbox.function("patcher")["Code"] == sandbox.function("health")["Code"]
    assert len(sandbox.of_type("AWS::Lambda::Function")) == 2


def test_no_function_can_be_called_from_outside(sandbox: Any) -> None:
    assert not sandbox.types() & {"AWS::Lambda::Url", "AWS::Lambda::Permission"}


def test_every_log_group_forgets(sandbox: Any) -> None:
    """Catches logs that are kept, and paid, for ever; and functions that make a group of their own."""
    groups = sandbox.of_type("AWS::Logs::LogGroup")
    assert {group["Properties"]["RetentionInDays"] for group in groups.values()} == {365}
    used = {sandbox.function(name)["LoggingConfig"]["LogGroup"]["Ref"] for name in ("patcher", "health")}
    assert used < set(groups)


def test_the_topic_is_encrypted_and_takes_tls_only(sandbox: Any) -> None:
    topic = sandbox.only("AWS::SNS::Topic")["Properties"]
    assert sandbox.resolve(topic["KmsMasterKeyId"]).endswith(":alias/aws/sns")
    (statement,) = sandbox.only("AWS::SNS::TopicPolicy")["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Effect"] == "Deny"
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_the_nightly_repair_is_disabled_and_sends_what_repair_will_take(sandbox: Any) -> None:
    rule = sandbox.only("AWS::Events::Rule")["Properties"]
    assert rule["State"] == "DISABLED"
    assert rule["ScheduleExpression"] == "cron(17 3 * * ? *)"
    (target,) = rule["Targets"]
    assert target["Input"] == '{"mode":"repair","reason":"scheduled drift repair"}'
    assert target["Arn"]["Ref"] in sandbox.of_type("AWS::StepFunctions::StateMachine")


def test_the_outputs_name_what_people_need_next(sandbox: Any) -> None:
    assert set(sandbox.body["Outputs"]) == {
        "StateMachineArn",
        "AuditTableName",
        "TopicArn",
        "PatcherName",
        "HealthName",
        "PatcherSecurityGroupId",
        "HealthSecurityGroupId",
    }
