"""The audit table on an AWS that exists in this process only."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3
from moto import mock_aws

from rdspatch.adapters.dynamodb import BY_PATCH, BY_RUN, DynamoAuditLog, record_from_item
from rdspatch.core.audit import AuditRecord, partition_key, sort_prefix

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import KeySchemaElementTypeDef

    from rdspatch.core.run import Run

NAME = "audit"
TARGET = "test"
REGION = "eu-west-1"


@dataclass(frozen=True, slots=True)
class AuditTable:
    """A table with the keys and indexes of the deployed one."""

    client: DynamoDBClient

    def log(self, target: str = TARGET) -> DynamoAuditLog:
        return DynamoAuditLog(self.client, table=NAME, target=target)

    def of_run(self, run: Run) -> tuple[AuditRecord, ...]:
        """The records of one run, in the order of their sort keys."""
        pages = self.client.get_paginator("query").paginate(
            TableName=NAME,
            KeyConditionExpression="PK = :pk AND begins_with(SK, :run)",
            ExpressionAttributeValues={":pk": {"S": partition_key(TARGET)}, ":run": {"S": sort_prefix(run)}},
        )
        return tuple(record_from_item(item) for page in pages for item in page["Items"])

    def everything(self) -> tuple[AuditRecord, ...]:
        pages = self.client.get_paginator("scan").paginate(TableName=NAME)
        return tuple(record_from_item(item) for page in pages for item in page["Items"])


@contextmanager
def simulated_aws() -> Iterator[DynamoDBClient]:
    """An AWS in this process; nothing leaves it as long as the context lasts. Slow to enter: once a module."""
    with mock_aws():
        yield boto3.client("dynamodb", region_name=REGION)


@contextmanager
def audit_table(client: DynamoDBClient) -> Iterator[AuditTable]:
    """A fresh, empty table."""
    indexes = {BY_RUN: "run_id", BY_PATCH: "patch_id"}
    client.create_table(
        TableName=NAME,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=_keys("PK"),
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("PK", "SK", *indexes.values())
        ],
        GlobalSecondaryIndexes=[
            {"IndexName": index, "KeySchema": _keys(key), "Projection": {"ProjectionType": "ALL"}}
            for index, key in indexes.items()
        ],
    )
    yield AuditTable(client)
    client.delete_table(TableName=NAME)


def _keys(partition: str) -> list[KeySchemaElementTypeDef]:
    return [{"AttributeName": partition, "KeyType": "HASH"}, {"AttributeName": "SK", "KeyType": "RANGE"}]
