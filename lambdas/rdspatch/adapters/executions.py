"""What Step Functions says of the executions of runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from rdspatch.core.errors import BadSettings
from rdspatch.core.unended import Execution, NotAsked

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_stepfunctions import SFNClient

_GONE = "ExecutionDoesNotExist"
_PARTS = 8
"""Of an execution's ARN, separated by colons; the fourth is its region."""


def ask_for(execution: str, connect: Callable[[str], SFNClient]) -> Execution | NotAsked:
    """Ask for one execution; whatever keeps Step Functions from answering is an answer too.

    Args:
        execution: Its ARN, as the run recorded it; it may be anything.
        connect: Makes a client for a region.
    """
    parts = execution.split(":")
    if len(parts) != _PARTS or parts[2] != "states":
        return NotAsked(why="its records name no execution that Step Functions could be asked about")
    try:
        found = connect(parts[3]).describe_execution(executionArn=execution)
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "?")
        if code == _GONE:
            return Execution(status="NONE")
        return NotAsked(why=f"Step Functions refused to say: {code}; it takes states:DescribeExecution")
    except (BotoCoreError, BadSettings) as error:  # a region that there is not, when the record is forged
        return NotAsked(why=f"Step Functions could not be asked: {type(error).__name__}")
    return Execution(status=found["status"], stopped_at=found.get("stopDate"))
