"""Answers to findings of cdk-nag: one resource each, with a reason that a stranger can check.

The answers are data of the CDK itself, so that they also hold in an app that runs cdk-nag over constructs of
this package; without cdk-nag they do nothing.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from aws_cdk import Acknowledgment, CfnResource, Stack, Validations
from aws_cdk import aws_iam as iam

if TYPE_CHECKING:
    from collections.abc import Mapping

    from constructs import IConstruct

ANY_RESOURCE = "AwsSolutions-IAM5[Resource::*]"


def on_resource(scope: IConstruct, resource: str) -> str:
    """The name of the finding that a policy in the stack of `scope` allows something on a pattern of resources.

    Args:
        scope: A construct of the policy's stack.
        resource: The pattern as the statement has it, placeholders of the CDK included.
    """
    return f"AwsSolutions-IAM5[Resource::{_flat(Stack.of(scope).resolve(resource))}]"


def _flat(value: Any) -> str:
    """A resolved value as cdk-nag writes it."""
    match value:
        case str():
            return value
        case {"Ref": name}:
            return f"<{name}>"
        case {"Fn::GetAtt": [name, attribute]}:
            return f"<{name}.{attribute}>"
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(_flat(part) for part in parts)
    return json.dumps(value, separators=(",", ":"))


def acknowledge(construct: IConstruct, reasons: Mapping[str, str]) -> None:
    """Say for the one resource of `construct` why it does not follow some rules.

    Args:
        construct: A resource, or a construct around one.
        reasons: A reason for each rule, by its name.

    Raises:
        TypeError: The construct is no single resource; answers for whole trees hide what comes later.
    """
    resource = construct if isinstance(construct, CfnResource) else construct.node.default_child
    if not isinstance(resource, CfnResource):
        raise TypeError(f"{construct.node.path} is not around one resource")
    for rule, reason in reasons.items():
        pack = rule.partition("-")[0]
        Validations.of(resource).acknowledge(Acknowledgment(id=f"{pack}::{rule}", reason=reason))


def acknowledge_policy(role: iam.IRole, reasons: Mapping[str, str]) -> None:
    """The same for the policy that collects what a role is granted."""
    policy = role.node.try_find_child("DefaultPolicy")
    if policy is None:
        raise TypeError(f"{role.node.path} has been granted nothing so far")
    acknowledge(policy, reasons)
