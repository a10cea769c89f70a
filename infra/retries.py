"""Which errors the workflow tries again, how often and how slowly; every name stands here once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aws_cdk import Duration

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aws_cdk import aws_stepfunctions as sfn

ALL: Final = "States.ALL"
ALREADY_RECORDED: Final = "DynamoDB.ConditionalCheckFailedException"
"""The reply to our put was lost and this is the second try: nobody else writes under this execution's key."""


ALREADY_STARTED: Final = "StepFunctions.ExecutionAlreadyExistsException"
"""The name is taken, by an execution that ran under it already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """`attempts` more tries: after `interval` seconds, then `rate` times as long, at most `longest`."""

    errors: tuple[str, ...]
    attempts: int
    interval: int = 2
    rate: float = 2
    longest: int = 30


NEVER: Final = Retry(
    errors=(
        "AccessDenied",
        "BadInput",
        "BadPatches",
        "BadSettings",
        "Drifted",
        "EffectMissing",
        "InsecureConnection",
        "LedgerUnusable",
        "LockFileStale",
        "LockNotAvailable",
        "PatchFailed",
        "PatchesLost",
        "PlanRefused",
        "RepairRefused",
        "RunEnded",
        "UnexpectedFailure",
        "UnsupportedServer",
        "VerificationFailed",
    ),
    attempts=0,
)
# Another run may take minutes: 10 s, 15 s, … 60 s add up to about 18 minutes.
SLOWLY: Final = Retry(errors=("AnotherRunActive",), attempts=20, interval=10, rate=1.5, longest=60)
UNREACHABLE: Final = Retry(errors=("DatabaseUnreachable", "ConnectionLost", "ReadBlocked"), attempts=8)
AUDIT: Final = Retry(errors=("AuditUnavailable",), attempts=5)

# A function in a VPC that was idle for weeks fails its first calls by design, until its network interfaces
# are back.
NOT_READY: Final = Retry(
    errors=(
        "Lambda.ServiceException",
        "Lambda.AWSLambdaException",
        "Lambda.SdkClientException",
        "Lambda.ClientExecutionTimeoutException",
        "Lambda.TooManyRequestsException",
        "Lambda.ResourceNotReadyException",
        "Lambda.ENINotReadyException",
        "Lambda.ENILimitReachedException",
        "Lambda.EC2ThrottledException",
        "Lambda.EC2UnexpectedException",
        "Lambda.SubnetIPAddressLimitReachedException",
        "Lambda.CodeArtifactUserPendingException",
    ),
    attempts=12,
)
# The invocation was killed half-way. Repeating is safe, also for Apply: a patch and its ledger row are one
# commit.
KILLED: Final = Retry(
    errors=("Lambda.Unknown", "Sandbox.Timedout", "Runtime.ExitError", "States.Timeout"),
    attempts=3,
    longest=60,
)

# Preflight changes nothing, so whatever else goes wrong is worth four and a half minutes of patience.
PREFLIGHT: Final = (NEVER, SLOWLY, Retry(errors=(ALL,), attempts=12))
PATCHER: Final = (NEVER, SLOWLY, UNREACHABLE, AUDIT, NOT_READY, KILLED)
HEALTH: Final = (NEVER, NOT_READY, KILLED)
RECORD: Final = (Retry(errors=(ALREADY_RECORDED,), attempts=0), Retry(errors=(ALL,), attempts=5))
SERVICE: Final = (Retry(errors=(ALL,), attempts=5),)
# Minutes of patience with a service; a name that is taken stays taken.
START: Final = (
    Retry(errors=(ALREADY_STARTED,), attempts=0),
    Retry(errors=(ALL,), attempts=8, longest=60),
)
REMOVAL: Final = (Retry(errors=(ALL,), attempts=2),)
# Nobody has answered in time: that is an answer.
ANSWER: Final = (Retry(errors=("States.Timeout",), attempts=0), Retry(errors=(ALL,), attempts=5))

OURS: Final = (*NEVER.errors, *SLOWLY.errors, *UNREACHABLE.errors, *AUDIT.errors)
"""Errors that the functions raise on purpose: their message is written for people and holds no data."""


def snapshot(taken: str) -> tuple[Retry, ...]:
    """Minutes of patience, for an instance that is being backed up or changed takes no snapshot.

    Args:
        taken: The error of a snapshot that has the name already, which it keeps.
    """
    return (Retry(errors=(taken,), attempts=0), Retry(errors=(ALL,), attempts=15, longest=60))


def add_retries(task: sfn.TaskStateBase, retries: Iterable[Retry]) -> None:
    """Give `task` these retries; the first that names an error decides."""
    for retry in retries:
        if retry.attempts == 0:
            task.add_retry(errors=list(retry.errors), max_attempts=0)
            continue
        task.add_retry(
            errors=list(retry.errors),
            max_attempts=retry.attempts,
            interval=Duration.seconds(retry.interval),
            backoff_rate=retry.rate,
            max_delay=Duration.seconds(retry.longest),
        )
