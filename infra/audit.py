"""The audit table: what each run did, for as long as the account exists."""

from __future__ import annotations

from aws_cdk import RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct


class AuditTable(Construct):
    """The records of all runs; nothing deletes them: no TTL, and the table outlives its stack."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        """Create the table with an index by run and one by patch."""
        super().__init__(scope, construct_id)
        order = _text("SK")
        self.table = dynamodb.Table(
            self,
            "Table",
            partition_key=_text("PK"),
            sort_key=order,
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.AWS_MANAGED,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            deletion_protection=True,
            removal_policy=RemovalPolicy.RETAIN,
        )
        self.table.add_global_secondary_index(index_name="by-run", partition_key=_text("run_id"), sort_key=order)
        self.table.add_global_secondary_index(index_name="by-patch", partition_key=_text("patch_id"), sort_key=order)


def _text(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)
