"""The refusals of `rdspatch lock` as rules, so that one command tells of everything."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from rdspatch.authoring.lint.rule import Finding, Rule, place_of_line
from rdspatch.authoring.refusals import REFUSALS, refused_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rdspatch.authoring.parser import ParsedStatement
    from rdspatch.authoring.refusal import Refusal
    from rdspatch.core.patch import Patch

_EFFECT = "`rdspatch lock` refuses the patch, so it never reaches a database"


def _rule(refusal: Refusal) -> Rule:
    instead = refusal.instead
    if refusal.liftable:
        instead += f", or say `-- allow: {refusal.name} because …`"
    return Rule(
        id=refusal.name,
        condition=refusal.what,
        effect=_EFFECT,
        instead=instead,
        allowable=refusal.liftable,
    )


REFUSED_RULES = tuple(_rule(refusal) for refusal in REFUSALS)
_BY_NAME = {rule.id: rule for rule in REFUSED_RULES}


def refused_findings(patch: Patch, parsed: Sequence[ParsedStatement]) -> Iterator[Finding]:
    """Every refusal that applies to a patch, those that its `allow` lines lift included."""
    nothing_lifted = dataclasses.replace(patch.directives, allow=())
    for refused in refused_in(parsed, nothing_lifted):
        yield Finding(
            rule=_BY_NAME[refused.refusal.name],
            file_name=patch.id.file_name,
            place=place_of_line(patch.sql, refused.line),
            what=refused.refusal.what,
        )
