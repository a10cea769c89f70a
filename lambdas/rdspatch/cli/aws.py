"""AWS as the command line uses it: the caller's own region and credentials."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError

from rdspatch.core.errors import BadSettings, Problem

if TYPE_CHECKING:
    from botocore.config import Config
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_stepfunctions import SFNClient

_INVOCATION_SECONDS = 120
_LOOK_SECONDS = 5
_READ_SECONDS = 10


def dynamodb_client(*, patient: bool = True) -> DynamoDBClient:
    """A client for the audit table; an impatient one makes one short attempt.

    Raises:
        BadSettings: No region or profile can be used.
    """
    import boto3  # noqa: PLC0415 - most commands need no AWS
    from botocore.config import Config  # noqa: PLC0415

    brief = Config(connect_timeout=_LOOK_SECONDS, read_timeout=_LOOK_SECONDS, retries={"total_max_attempts": 1})
    with _configured():
        return boto3.client("dynamodb", config=_bounded() if patient else brief)


def lambda_client() -> LambdaClient:
    """A client that waits as long as an examination takes, and invokes once.

    Raises:
        BadSettings: No region or profile can be used.
    """
    import boto3  # noqa: PLC0415 - most commands need no AWS
    from botocore.config import Config  # noqa: PLC0415

    once = Config(connect_timeout=_LOOK_SECONDS, read_timeout=_INVOCATION_SECONDS, retries={"total_max_attempts": 1})
    with _configured():
        return boto3.client("lambda", config=once)


def stepfunctions_client(region: str | None = None) -> SFNClient:
    """A client for executions, by default in the caller's region.

    Raises:
        BadSettings: No region or profile can be used.
    """
    import boto3  # noqa: PLC0415 - most commands need no AWS

    with _configured():
        return boto3.client("stepfunctions", region_name=region, config=_bounded())


def caller() -> str:
    """The ARN behind the caller's credentials.

    Raises:
        BadSettings: There are none that can be used.
    """
    import boto3  # noqa: PLC0415 - most commands need no AWS
    from botocore.exceptions import ClientError  # noqa: PLC0415

    with _configured():
        try:
            return str(boto3.client("sts", config=_bounded()).get_caller_identity()["Arn"])
        except ClientError as error:
            what = f"refused the credentials: {error.response['Error']['Code']}"
            raise BadSettings([Problem(where="AWS", what=what, instead="log in again")]) from None


def _bounded() -> Config:
    """A few attempts of seconds each, where botocore's own would wait a minute for every silence."""
    from botocore.config import Config  # noqa: PLC0415 - most commands need no AWS

    retries: Any = {"mode": "standard", "total_max_attempts": 4}
    return Config(connect_timeout=_LOOK_SECONDS, read_timeout=_READ_SECONDS, retries=retries)


@contextlib.contextmanager
def _configured() -> Iterator[None]:
    try:
        yield
    except BotoCoreError as error:
        instead = "set AWS_DEFAULT_REGION, and AWS_PROFILE to a profile that is logged in"
        raise BadSettings([Problem(where="AWS", what=str(error).rstrip("."), instead=instead)]) from None
