"""Where a run that waits keeps its question: apart from the audit, which many may read."""

from __future__ import annotations

from typing import Final

from aws_cdk import RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from .acknowledgements import acknowledge

RUN_ID: Final = "run_id"
ASKED_AT: Final = "asked_at"


class ApprovalTable(Construct):
    """The questions of all runs, each with the task token that answers it.

    Who holds a token may answer, and who may read the audit is not therefore to approve; so tokens have a table of
    their own. What stays in it after the answer is of no use to anybody: a token ends with the wait that it is for.

    Attributes:
        table: By run, and by when it asked.
    """

    def __init__(self, scope: Construct, construct_id: str) -> None:
        """Create the table."""
        super().__init__(scope, construct_id)
        self.table = dynamodb.Table(
            self,
            "Table",
            partition_key=dynamodb.Attribute(name=RUN_ID, type=dynamodb.AttributeType.STRING),
            sort_key=dynamodb.Attribute(name=ASKED_AT, type=dynamodb.AttributeType.STRING),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.AWS_MANAGED,
            removal_policy=RemovalPolicy.DESTROY,
        )
        acknowledge(
            self.table,
            {
                "AwsSolutions-DDB3": "A restored token answers nothing: it ends with its wait, and who approved what "
                "is in the audit table, which has point-in-time recovery"
            },
        )
