"""The topic that people subscribe to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

if TYPE_CHECKING:
    from collections.abc import Mapping

_ALARMS = "cloudwatch.amazonaws.com"


class Notices(Construct):
    """An encrypted topic that runs and alarms of this account write to, over TLS."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        """Create it, with a key of its own: alarms cannot use the key that SNS has by default."""
        super().__init__(scope, construct_id)
        stack = Stack.of(self)
        key = kms.Key(
            self,
            "Key",
            description="Messages about runs of rdspatch",
            enable_key_rotation=True,
            removal_policy=RemovalPolicy.DESTROY,
        )
        self.topic = sns.Topic(self, "Topic", enforce_ssl=True, master_key=key)
        here: Mapping[str, object] = {"StringEquals": {"aws:SourceAccount": stack.account}}
        # Who may publish is decided by the topic and the roles; the key is open to what they send through SNS.
        through_sns = {
            "StringEquals": {
                "kms:CallerAccount": stack.account,
                "kms:ViaService": f"sns.{stack.region}.{stack.url_suffix}",
            }
        }
        for principal, conditions in (
            (iam.AnyPrincipal(), through_sns),
            (iam.ServicePrincipal(_ALARMS), here),
        ):
            key.add_to_resource_policy(
                iam.PolicyStatement(
                    actions=["kms:Decrypt", "kms:GenerateDataKey*"],
                    principals=[principal],
                    resources=["*"],  # in the policy of a key that means the key
                    conditions=conditions,
                )
            )
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                actions=["sns:Publish"],
                principals=[iam.ServicePrincipal(_ALARMS)],
                resources=[self.topic.topic_arn],
                conditions=here,
            )
        )
