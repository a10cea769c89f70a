"""Names of parameters and results in the workflow's calls of AWS services.

Step Functions writes them as the SDK for Java does (`DbSnapshotIdentifier`, `StateMachineArn`), botocore as each
service does (`DBSnapshotIdentifier`, `stateMachineArn`). The simulated AWS hands them to botocore as they are, and the
results back as they are, so that such calls fail. Here names are translated in both directions; values stay, but for
times, which states see as text.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import botocore.session
from botocore import xform_name
from botocore.model import ListShape, OperationModel, StructureShape

if TYPE_CHECKING:
    from botocore.model import Shape

SERVICES = {"sfn": "stepfunctions", "states": "stepfunctions"}
"""Services that Step Functions calls by another name than botocore does."""


def operation(service: str, action: str) -> OperationModel:
    """The model of an action, named as in a state's resource: `rds`, `createDBSnapshot`."""
    model = botocore.session.get_session().get_service_model(SERVICES.get(service, service))
    wanted = action.lower()
    (name,) = (name for name in model.operation_names if name.lower() == wanted)
    return model.operation_model(name)


def to_botocore(value: Any, shape: Shape | None) -> Any:
    """The same value, its names as botocore has them; a name that the service does not know stays."""
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        known = {name.lower(): name for name in shape.members}
        renamed = {known.get(key.lower(), key): item for key, item in value.items()}
        return {name: to_botocore(item, shape.members.get(str(name))) for name, item in renamed.items()}
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [to_botocore(item, shape.member) for item in value]
    return value


def to_step_functions(value: Any, shape: Shape | None) -> Any:
    """The same result, its names as a state sees them."""
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        return {_as_java(key): to_step_functions(item, shape.members.get(key)) for key, item in value.items()}
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [to_step_functions(item, shape.member) for item in value]
    return aws_time(value) if isinstance(value, datetime) else value


def aws_time(moment: datetime) -> str:
    """A time as AWS writes it into a state's data: `2026-01-31T07:08:09.123Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _as_java(name: str) -> str:
    """`DBSnapshotArn` as `DbSnapshotArn`, `executionArn` as `ExecutionArn`."""
    return "".join(word.capitalize() for word in xform_name(name).split("_"))
