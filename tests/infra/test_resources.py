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
    (topic,) = sandbox.of_type("AWS::SNS::Topic").values()
    (key,) = sandbox.of_type("AWS::KMS::Key")
    assert topic["Properties"]["KmsMasterKeyId"] == {"Fn::GetAtt": [key, "Arn"]}
    denied, allowed = sandbox.only("AWS::SNS::TopicPolicy")["Properties"]["PolicyDocument"]["Statement"]
    assert denied["Effect"] == "Deny"
    assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert allowed["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert "aws:SourceAccount" in str(allowed["Condition"])


def test_alarms_can_use_the_key_of_the_topic(sandbox: Any) -> None:
    """Catches an alarm whose message is dropped in silence: the key that SNS has by default is not open to it."""
    (key,) = sandbox.of_type("AWS::KMS::Key").values()
    assert key["Properties"]["EnableKeyRotation"] is True
    admin, through_sns, alarms = key["Properties"]["KeyPolicy"]["Statement"]
    assert admin["Action"] == "kms:*"
    assert set(through_sns["Condition"]["StringEquals"]) == {"kms:CallerAccount", "kms:ViaService"}
    assert alarms["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert set(alarms["Action"]) == {"kms:Decrypt", "kms:GenerateDataKey*"}
    assert set(alarms["Condition"]["StringEquals"]) == {"aws:SourceAccount"}


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


def test_every_function_and_state_machine_is_traced(sandbox: Any) -> None:
    for name in ("patcher", "health"):
        assert sandbox.function(name)["TracingConfig"] == {"Mode": "Active"}
    for machine in sandbox.of_type("AWS::StepFunctions::StateMachine").values():
        assert machine["Properties"]["TracingConfiguration"] == {"Enabled": True}


def test_no_log_holds_what_executions_carry(sandbox: Any) -> None:
    for machine in sandbox.of_type("AWS::StepFunctions::StateMachine").values():
        assert machine["Properties"]["LoggingConfiguration"]["IncludeExecutionData"] is False
