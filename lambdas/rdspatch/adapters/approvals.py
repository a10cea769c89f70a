"""Runs that wait for somebody's approval: the questions that the workflow keeps, and the answers it waits for."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from rdspatch.core.errors import ApprovalExpired, AuditUnavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_stepfunctions import SFNClient

_GONE = frozenset({"TaskTimedOut", "TaskDoesNotExist", "InvalidToken"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A run that waits, or has waited."""

    run_id: str
    hazards: tuple[str, ...]
    digest: str
    """Of the patches that it asks about."""
    token: str
    """Whoever has it may answer: it is never printed."""
    note: str = ""
    """What else is to be known of the plan."""

    def __repr__(self) -> str:
        return f"Waiting(run_id={self.run_id!r}, hazards={self.hazards!r}, digest={self.digest!r})"


class Approvals:
    """Reads and answers with the caller's own credentials; every method may raise AuditUnavailable."""

    def __init__(self, dynamodb: DynamoDBClient, stepfunctions: SFNClient, *, table: str) -> None:
        self._dynamodb = dynamodb
        self._stepfunctions = stepfunctions
        self._table = table

    def find(self, run_id: str) -> Waiting | None:
        """The newest question of a run; None when it has asked none."""
        try:
            found = self._dynamodb.query(
                TableName=self._table,
                KeyConditionExpression="run_id = :run",
                ExpressionAttributeValues={":run": {"S": run_id}},
                ScanIndexForward=False,
                Limit=1,
                ConsistentRead=True,
            )["Items"]
        except (BotoCoreError, ClientError) as error:
            raise AuditUnavailable(
                f"table {self._table}: {_named(error)}; check name, region and permissions"
            ) from None
        if not found:
            return None
        (item,) = found
        return Waiting(
            run_id=run_id,
            hazards=tuple(json.loads(item["hazards"]["S"])),
            digest=item["digest"]["S"],
            token=item["token"]["S"],
            note=item["note"]["S"].strip() if "note" in item else "",
        )

    def answer(self, waiting: Waiting, *, approved: bool, by: str, comment: str) -> None:
        """Answer once: the run goes on with it.

        Raises:
            ApprovalExpired: The run does not wait any more.
        """
        output = json.dumps({"approved": approved, "by": by, "comment": comment})
        try:
            self._stepfunctions.send_task_success(taskToken=waiting.token, output=output)
        except ClientError as error:
            if _named(error) in _GONE:
                raise ApprovalExpired(
                    f"run {waiting.run_id} does not wait for an answer any more: it has one, or its time is over; "
                    f"`rdspatch report {waiting.run_id}` says which"
                ) from None
            raise AuditUnavailable(f"Step Functions: {_named(error)}; check region and permissions") from None
        except BotoCoreError as error:
            raise AuditUnavailable(f"Step Functions: {_named(error)}; check region and credentials") from None


def _named(error: BotoCoreError | ClientError) -> str:
    return str(error.response["Error"]["Code"]) if isinstance(error, ClientError) else type(error).__name__
