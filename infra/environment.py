"""In which account and region a construct is, as far as an app knows that before it is deployed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Stack, Token

if TYPE_CHECKING:
    from constructs import IConstruct


def environment_of(construct: IConstruct) -> str:
    """Account and region, `any` in place of one that the deployment decides."""
    return "/".join("any" if Token.is_unresolved(part) else part for part in _parts(construct))


def same_environment(one: IConstruct, other: IConstruct) -> bool:
    """Whether nothing that is known of both differs."""
    return all(
        here == there or Token.is_unresolved(here) or Token.is_unresolved(there)
        for here, there in zip(_parts(one), _parts(other), strict=True)
    )


def _parts(construct: IConstruct) -> tuple[str, str]:
    stack = Stack.of(construct)
    return stack.account, stack.region
