"""Where EventBridge leaves what it could not deliver."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Duration
from aws_cdk import aws_sqs as sqs

from .acknowledgements import acknowledge

if TYPE_CHECKING:
    from constructs import Construct


def dead_letters(scope: Construct) -> sqs.Queue:
    """Create the queue `DeadLetters` within `scope`; it keeps what it is given for two weeks."""
    queue = sqs.Queue(
        scope,
        "DeadLetters",
        encryption=sqs.QueueEncryption.SQS_MANAGED,
        enforce_ssl=True,
        retention_period=Duration.days(14),
    )
    last = "It is the dead letter queue: what it holds is for people, and there is nowhere else to go"
    acknowledge(queue, {"AwsSolutions-SQS3": last, "Serverless-SQSRedrivePolicy": last})
    return queue
