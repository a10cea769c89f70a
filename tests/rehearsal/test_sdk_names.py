from __future__ import annotations

from typing import Any

import pytest

from rdspatch.rehearsal.sdk_names import operation, to_botocore, to_step_functions


@pytest.mark.parametrize(
    ("service", "action", "written", "meant"),
    [
        (
            "rds",
            "createDBSnapshot",
            {"DbInstanceIdentifier": "app", "Tags": [{"Key": "a", "Value": "b"}]},
            {"DBInstanceIdentifier": "app", "Tags": [{"Key": "a", "Value": "b"}]},
        ),
        ("states", "startExecution", {"StateMachineArn": "arn"}, {"stateMachineArn": "arn"}),
        ("dynamodb", "putItem", {"Item": {"PK": {"S": "x"}}}, {"Item": {"PK": {"S": "x"}}}),
        ("sns", "publish", {"TopicArn": "arn", "Unknown": 1}, {"TopicArn": "arn", "Unknown": 1}),
    ],
)
def test_parameters_get_the_names_of_the_service(service: str, action: str, written: Any, meant: Any) -> None:
    assert to_botocore(written, operation(service, action).input_shape) == meant


@pytest.mark.parametrize(
    ("service", "action", "returned", "seen"),
    [
        (
            "rds",
            "describeDBSnapshots",
            {"DBSnapshots": [{"DBSnapshotIdentifier": "x", "Status": "available"}]},
            {"DbSnapshots": [{"DbSnapshotIdentifier": "x", "Status": "available"}]},
        ),
        ("sfn", "describeExecution", {"executionArn": "arn"}, {"ExecutionArn": "arn"}),
        (
            "dynamodb",
            "query",
            {"Items": [{"hash": {"S": "x"}}], "Count": 1},
            {"Items": [{"hash": {"S": "x"}}], "Count": 1},
        ),
    ],
)
def test_results_get_the_names_that_a_state_sees(service: str, action: str, returned: Any, seen: Any) -> None:
    assert to_step_functions(returned, operation(service, action).output_shape) == seen
