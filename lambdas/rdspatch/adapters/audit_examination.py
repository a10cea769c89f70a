"""What the doctor asks DynamoDB about the audit table; none of it changes a record."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from rdspatch.adapters.dynamodb import BY_PATCH, BY_RUN
from rdspatch.core.audit import partition_key
from rdspatch.core.doctor.aws import Protection, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime, timedelta

    from mypy_boto3_dynamodb import DynamoDBClient

    from rdspatch.ports import Clock

_KEYS = {BY_RUN: "run_id", BY_PATCH: "patch_id"}
_NOBODY = "rdspatch-doctor"
_CANNOT_HOLD = "attribute_exists(PK) AND attribute_not_exists(PK)"
_FAILED_CONDITION = "ConditionalCheckFailed"


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsTime:
    """How far AWS's clock is ahead of ours, to the second that its answers tell."""

    ahead: timedelta
    round_trip: timedelta


class AuditExamination:
    """Looks at one audit table, with the calls that the audit log itself makes."""

    def __init__(self, client: DynamoDBClient, *, table: str, target: str) -> None:
        self._client = client
        self._table = table
        self._partition = partition_key(target)

    def read(self) -> Refused | None:
        """Ask for one record of the target."""
        return _refusal(lambda: self._query("PK", self._partition))

    def time(self, clock: Clock) -> AwsTime | None:
        """Ask for one record, for the time in the answer; None when it names none.

        Raises:
            BotoCoreError: AWS did not answer.
        """
        before = clock.now()
        try:
            answer = self._query("PK", self._partition)
        except ClientError as error:  # AWS says the time also when it refuses the signature for being off
            answer = error.response
        round_trip = clock.now() - before
        date = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
        if date is None:
            return None
        moment: datetime = parsedate_to_datetime(date)
        return AwsTime(ahead=moment - before - round_trip / 2, round_trip=round_trip)

    def indexes(self) -> Mapping[str, Refused | None]:
        """Ask each index for one record of nobody."""
        return {index: _refusal(partial(self._query, key, _NOBODY, index=index)) for index, key in _KEYS.items()}

    def write(self) -> Refused | None:
        """Try a write on a condition that contradicts itself: refused for its condition, it would else be allowed."""
        item: Any = {"PK": {"S": self._partition}, "SK": {"S": _NOBODY}}
        put: Any = {"TableName": self._table, "Item": item, "ConditionExpression": _CANNOT_HOLD}
        try:
            self._client.transact_write_items(TransactItems=[{"Put": put}])
        except (BotoCoreError, ClientError) as error:
            response: Any = getattr(error, "response", {})
            reasons = {reason.get("Code") for reason in response.get("CancellationReasons", ())}
            return None if _FAILED_CONDITION in reasons else refused_by(error)
        return None

    def protection(self) -> Protection | Refused:
        """Ask for what the deployed function may not see."""
        try:
            table: Any = self._client.describe_table(TableName=self._table)["Table"]
            backups: Any = self._client.describe_continuous_backups(TableName=self._table)
        except (BotoCoreError, ClientError) as error:
            return refused_by(error)
        recovery = backups["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
        return Protection(
            deletion_protection=bool(table.get("DeletionProtectionEnabled")),
            point_in_time_recovery=recovery.get("PointInTimeRecoveryStatus") == "ENABLED",
        )

    def _query(self, key: str, value: str, *, index: str | None = None) -> Any:
        place: dict[str, Any] = {"ConsistentRead": True} if index is None else {"IndexName": index}
        return self._client.query(
            TableName=self._table,
            KeyConditionExpression="#key = :value",
            ExpressionAttributeNames={"#key": key},
            ExpressionAttributeValues={":value": {"S": value}},
            Limit=1,
            **place,
        )


def _refusal(call: Callable[[], object]) -> Refused | None:
    try:
        call()
    except (BotoCoreError, ClientError) as error:
        return refused_by(error)
    return None


def refused_by(error: BotoCoreError | ClientError) -> Refused:
    """What an exception of boto3 means; its text is left out."""
    if isinstance(error, ClientError):
        return Refused(code=error.response.get("Error", {}).get("Code", "?"), reached=True)
    return Refused(code=type(error).__name__, reached=False)
