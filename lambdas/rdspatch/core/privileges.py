"""Owners and privileges among the objects of a schema: whose they are, and what counts as ordinary.

Environments have other roles, and grants that no patch knows of. So nothing is expected of an owner or a grantee but
what a patch has set, unless the project says that its patches set all of them.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rdspatch.core.schema import Effect


class Expectation(enum.Enum):
    """Which owners and privileges drift looks at."""

    PATCHES = "patches"
    """What a patch has set: the owner, or the privileges of one grantee on one object."""
    ALL = "all"
    """Every owner and every grantee of every object; what neither baseline nor patches say is ordinary."""


def changes_of(effect: Effect) -> Mapping[str, str | None]:
    """The owner and the grantees that a patch sets: what they have afterwards, None for what is ordinary."""
    before, after = effect.before or {}, effect.after or {}
    return {name: after.get(name) for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
