"""Every call of a service that a state makes, held against the service's own model.

Step Functions writes the names of `aws-sdk:` integrations as the AWS SDK for Java does; a name that it does not know
makes CreateStateMachine, or the first run, fail. The rule is written down here once more, apart from the rehearsal's.
"""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import botocore.session
import pytest
from botocore.model import ListShape, MapShape, StructureShape

from tests.infra import cases, combinations

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from botocore.model import OperationModel, Shape

SERVICES: Final = {"sfn": "stepfunctions", "states": "stepfunctions"}
"""Names of Step Functions, and botocore's, where they differ."""

PREFIXES: Final = {
    "aws-sdk:rds": "Rds",
    "aws-sdk:dynamodb": "DynamoDb",
    "aws-sdk:sfn": "Sfn",
    "dynamodb": "DynamoDB",
    "lambda": "Lambda",
    "states": "StepFunctions",
}
"""How the names of a service's errors begin: the optimized integrations have names of their own."""

OF_STATES: Final = {"States.ALL", "States.Timeout", "States.TaskFailed"}
OF_LAMBDA: Final = {
    "Lambda.AWSLambdaException",
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.SdkClientException",
    "Lambda.ServiceException",
    "Lambda.Unknown",
    "Runtime.ExitError",
    "Sandbox.Timedout",
}
"""Errors of the integration and of the runtime, which no model of the service holds; from the documentation."""

RESOURCE: Final = re.compile(
    r"arn:aws:states:::(?P<kind>aws-sdk:)?(?P<service>[a-z]+):(?P<action>\w+)(?P<pattern>\.\w+)?"
)


@dataclass(frozen=True, slots=True)
class Call:
    """One task's use of one action of a service."""

    service: str
    """With `aws-sdk:` before it where it is no optimized integration."""
    action: str
    waits: bool
    state: Mapping[str, Any]

    @property
    def operation(self) -> OperationModel:
        """The model of the action; fails where the service has none of that very name."""
        model = _model(self.service.removeprefix("aws-sdk:"))
        names = {name[0].lower() + name[1:]: name for name in model.operation_names}
        return model.operation_model(names[self.action])


def problems(state: Mapping[str, Any]) -> Iterator[str]:
    """What the service would not know of a task's call."""
    match = RESOURCE.fullmatch(state["Resource"])
    if match is None:
        yield f"{state['Resource']} is no integration"
        return
    service = (match["kind"] or "") + match["service"]
    call = Call(service, match["action"], match["pattern"] == ".waitForTaskToken", state)
    try:
        operation = call.operation
    except KeyError:
        yield f"{service} has no action {call.action}"
        return
    yield from _unknown_names(state["Parameters"], operation.input_shape, call.action)
    if not call.waits:
        for value in _paths(state.get("ResultSelector", {})):
            if not _leads_somewhere(value, operation.output_shape):
                yield f"{call.action} answers nothing at {value}"
    for handler in (*state.get("Retry", ()), *state.get("Catch", ())):
        for error in handler["ErrorEquals"]:
            if not _may_happen(error, call, operation):
                yield f"{call.action} never fails by {error}"


def _unknown_names(value: Any, shape: Shape | None, where: str) -> Iterator[str]:
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        given = {key.removesuffix(".$"): item for key, item in value.items()}
        known = {in_java(name): member for name, member in shape.members.items()}
        for name, item in given.items():
            if name in known:
                yield from _unknown_names(item, known[name], f"{where}.{name}")
            else:
                yield f"{where} has no {name}"
        for name in shape.required_members:
            if in_java(name) not in given:
                yield f"{where} needs {in_java(name)}"
    elif isinstance(shape, ListShape) and isinstance(value, list):
        for item in value:
            yield from _unknown_names(item, shape.member, where)
    elif isinstance(shape, MapShape) and isinstance(value, dict):
        for key, item in value.items():
            yield from _unknown_names(item, shape.value, f"{where}.{key}")


def _leads_somewhere(path: str, shape: Shape | None) -> bool:
    for part in re.findall(r"\.(\w+)|(\[(?:\d+|\*)\])", path):
        if part[1]:
            if not isinstance(shape, ListShape):
                return False
            shape = shape.member
        elif isinstance(shape, StructureShape):
            known = {in_java(name): member for name, member in shape.members.items()}
            if part[0] not in known:
                return False
            shape = known[part[0]]
        # Deeper than the model: the payload of a function, an item of a table.
    return True


def _paths(selector: Any) -> Iterator[str]:
    match selector:
        case dict():
            for item in selector.values():
                yield from _paths(item)
        case str():
            yield from re.findall(r"\$\.[\w.\[\]*]+", selector)


def _may_happen(error: str, call: Call, operation: OperationModel) -> bool:
    if error in OF_STATES:
        return True
    prefix, dot, name = error.partition(".")
    if call.service == "lambda":
        # A function's own errors have any name without a dot; `test_contract.py` holds them against the handlers.
        known = {f"Lambda.{exception_in_java(shape.name)}" for shape in operation.error_shapes}
        return not dot or error in OF_LAMBDA | known
    return prefix == PREFIXES[call.service] and name in {
        exception_in_java(shape.name) for shape in operation.error_shapes
    }


def in_java(name: str) -> str:
    """`DBSnapshotArn` as `DbSnapshotArn`, `stateMachineArn` as `StateMachineArn`: each word with one capital."""
    words = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1 \2", name)).split()
    return "".join(word[0].upper() + word[1:].lower() for word in words)


def exception_in_java(name: str) -> str:
    """`DBSnapshotAlreadyExistsFault` as `DbSnapshotAlreadyExistsException`."""
    base = re.sub("(Fault|Exception|Error)$", "", name)
    # Words of capitals only stay as they are in exceptions of Lambda's model: `ENINotReadyException`.
    return (base if not name.startswith("DB") else in_java(base)) + "Exception"


@cache
def _model(service: str) -> Any:
    return botocore.session.get_session().get_service_model(SERVICES.get(service, service))


@pytest.fixture(scope="session")
def tasks() -> dict[tuple[str, str], Mapping[str, Any]]:
    """Every task of every state machine, by its state machine's and its own name."""
    found = combinations.definitions()
    return {(name, task): state for name in combinations.ALL for task, state in cases.tasks_of(found[name]).items()}


def test_every_call_is_one_that_the_service_knows(tasks: dict[tuple[str, str], Mapping[str, Any]]) -> None:
    found = {name: list(problems(state)) for name, state in tasks.items()}
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def test_every_kind_of_integration_is_looked_at(tasks: dict[tuple[str, str], Mapping[str, Any]]) -> None:
    kinds = {state["Resource"].removeprefix("arn:aws:states:::") for state in tasks.values()}
    assert kinds == {
        "aws-sdk:dynamodb:putItem.waitForTaskToken",
        "aws-sdk:dynamodb:query",
        "aws-sdk:rds:createDBClusterSnapshot",
        "aws-sdk:rds:createDBSnapshot",
        "aws-sdk:rds:deleteDBClusterSnapshot",
        "aws-sdk:rds:deleteDBSnapshot",
        "aws-sdk:rds:describeDBClusterSnapshots",
        "aws-sdk:rds:describeDBClusters",
        "aws-sdk:rds:describeDBInstances",
        "aws-sdk:rds:describeDBSnapshots",
        "aws-sdk:sfn:describeExecution",
        "dynamodb:putItem",
        "events:putEvents",
        "lambda:invoke",
        "sns:publish",
        "states:startExecution",
    }


@pytest.mark.parametrize(
    ("spoiled", "found"),
    [
        ({"Resource": "arn:aws:states:::aws-sdk:rds:createDbSnapshot"}, "aws-sdk:rds has no action createDbSnapshot"),
        ({"Parameters": {"DBInstanceIdentifier": "a", "DbSnapshotIdentifier": "b"}}, "has no DBInstanceIdentifier"),
        ({"Parameters": {"DbInstanceIdentifier": "a"}}, "createDBSnapshot needs DbSnapshotIdentifier"),
        ({"ResultSelector": {"id.$": "$.DBSnapshot.DbSnapshotArn"}}, "answers nothing at $.DBSnapshot.DbSnapshotArn"),
        ({"Catch": [{"ErrorEquals": ["Rds.DBSnapshotAlreadyExistsFault"]}]}, "never fails by Rds.DBSnapshotAlready"),
        ({"Catch": [{"ErrorEquals": ["Rds.DbSnapshotNotFoundException"]}]}, "never fails by Rds.DbSnapshotNotFound"),
        ({"Retry": [{"ErrorEquals": ["RDS.DbSnapshotAlreadyExistsException"]}]}, "never fails by RDS."),
        ({"Parameters": {"Tags": [{"key": "a"}]}}, "createDBSnapshot.Tags has no key"),
    ],
)
def test_a_name_that_the_service_does_not_know_is_found(
    tasks: dict[tuple[str, str], Mapping[str, Any]], spoiled: dict[str, Any], found: str
) -> None:
    state = copy.deepcopy(tasks["snapshot always of an instance, approval of nothing", "TakeSnapshot"])
    assert any(found in problem for problem in problems({**state, **spoiled}))
