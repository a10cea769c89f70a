"""`allow: RULE because …`: what it silences, and whether anything needed it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rdspatch.authoring.lint.rule import Finding, place_of_line
from rdspatch.authoring.lint.rules import RULES
from rdspatch.authoring.lint.rules_file import UNUSED_ALLOW
from rdspatch.core.proof import HazardKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rdspatch.core.patch import Patch

HAZARDS = frozenset(kind.value for kind in HazardKind)
"""Names that `allow:` takes too, and whose need only the proof on a scratch server can tell."""
_BY_ALLOWANCE = {name: rule for rule in RULES for name in (rule.id, rule.allowance)}
_LINE = re.compile(r"^-- allow: ", re.MULTILINE)


def without_allowed(patch: Patch, findings: Sequence[Finding]) -> Iterator[Finding]:
    """The findings that no `allow` line of the patch accepts."""
    accepted = {_BY_ALLOWANCE.get(allowance.name) for allowance in patch.directives.allow}
    for finding in findings:
        if not (finding.rule.allowable and finding.rule in accepted):
            yield finding


def unused_allowances(patch: Patch, findings: Sequence[Finding], *, parsed: bool) -> Iterator[Finding]:
    """Each `allow` line that none of the findings needs.

    Args:
        patch: Whose header it is.
        findings: Everything that was found, also what is allowed.
        parsed: Whether rules could be asked at all; if not, only an unknown name is a finding.
    """
    needed = {finding.rule.id for finding in findings if finding.rule.allowable}
    lines = (patch.sql.count("\n", 0, match.start()) + 1 for match in _LINE.finditer(patch.sql))
    for line, allowance in zip(lines, patch.directives.allow, strict=False):
        complaint = _complaint(allowance.name, needed, parsed=parsed)
        if complaint is not None:
            place = place_of_line(patch.sql, line)
            yield Finding(rule=UNUSED_ALLOW, file_name=patch.id.file_name, place=place, what=complaint)


def _complaint(name: str, needed: set[str], *, parsed: bool) -> str | None:
    rule = _BY_ALLOWANCE.get(name)
    if name in HAZARDS:
        return None
    if rule is None:
        return f"no rule is called {name}"
    if not rule.allowable:
        return f"{name} cannot be allowed"
    return None if rule.id in needed or not parsed else f"nothing in this patch needs {name} allowed"
