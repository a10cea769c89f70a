"""The audit table: what each run did, for as long as the account exists."""

from __future__ import annotations

from aws_cdk import RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from constructs import Construct

_INDEXES = {"by-run": "run_id", "by-patch": "patch_id"}


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
        for index, key in _INDEXES.items():
            self.table.add_global_secondary_index(index_name=index, partition_key=_text(key), sort_key=order)

    def grant_append(self, grantee: iam.IGrantable) -> None:
        """Allow adding and reading records; nobody is ever allowed to change or delete one."""
        table = self.table.table_arn
        indexes = [f"{table}/index/{index}" for index in _INDEXES]
        for action, resources in (("PutItem", [table]), ("Query", [table, *indexes])):
            grantee.grant_principal.add_to_principal_policy(
                iam.PolicyStatement(actions=[f"dynamodb:{action}"], resources=resources)
            )

    def grant_read(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow reading records, and nothing else."""
        return iam.Grant.add_to_principal(
            grantee=grantee,
            actions=["dynamodb:Query", "dynamodb:Scan"],
            resource_arns=[self.table.table_arn, *(f"{self.table.table_arn}/index/{index}" for index in _INDEXES)],
        )


def _text(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)
