"""Which owners and privileges drift judges: those that patches have set, or all of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rdspatch.core.expectation import Claim, Expected
from rdspatch.core.privileges import Expectation

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from rdspatch.core.schema import ObjectName, Schema


def with_judged_privileges(
    expected: Mapping[ObjectName, Expected],
    live: Schema,
    *,
    wanted: Expectation,
    baseline: str,
    settled: Collection[ObjectName] | None,
) -> Mapping[ObjectName, Expected]:
    """The same but for the owners and privileges that are not judged.

    Args:
        expected: What baseline and patches say.
        live: The schema as it was read.
        wanted: What the project wants to be judged.
        baseline: Stands for a patch's name where the baseline makes the claim.
        settled: Objects of the baseline that `expected` may leave out because they are as they were; None where it is
            not known what is expected of an object that nobody names.
    """
    if wanted is Expectation.PATCHES:
        return {name: _of_patches(it, baseline) if name.kind.is_privileges else it for name, it in expected.items()}
    ordinary = Expected(exists=Claim(value=True, patch=baseline), made=True)
    unnamed = {
        name: ordinary
        for name in live.objects
        if settled is not None and name.kind.is_privileges and _is_there(name, expected, settled)
    }
    return unnamed | {name: replace(it, made=True) if name.kind.is_privileges else it for name, it in expected.items()}


def _of_patches(expected: Expected, baseline: str) -> Expected:
    claims = {name: claim for name, claim in expected.properties.items() if claim.patch != baseline}
    return replace(expected, properties=claims)


def _is_there(name: ObjectName, expected: Mapping[ObjectName, Expected], settled: Collection[ObjectName]) -> bool:
    """Whether the object is expected, so that it is not extra with all that is said of it."""
    subject = name.subject
    if subject in expected:
        return bool(expected[subject].exists.value)
    return subject == name or subject in settled
