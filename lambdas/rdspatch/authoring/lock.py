"""From patches to the lock file's content, or to everything that is wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rdspatch.authoring.newer import newer_syntax
from rdspatch.authoring.parser import SqlSyntaxError, parse_statements
from rdspatch.authoring.refusals import refused_in
from rdspatch.authoring.statements import classify
from rdspatch.authoring.syntax import syntax_problem
from rdspatch.authoring.verify import verify_problems
from rdspatch.core.errors import BadPatches, Problem
from rdspatch.core.lockfile import LockedPatch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rdspatch.core.patch import Patch


def lock(patches: Sequence[Patch]) -> tuple[LockedPatch, ...]:
    """Parse, judge and describe every statement of every patch.

    Args:
        patches: The patches in order.

    Returns:
        One locked patch for each patch, in the same order.

    Raises:
        BadPatches: With every problem of every patch.
    """
    problems: list[Problem] = []
    locked: list[LockedPatch] = []
    for patch in patches:
        problems += verify_problems(patch)
        try:
            parsed = parse_statements(patch.sql)
        except SqlSyntaxError as error:
            problems.append(syntax_problem(patch.id.file_name, patch.sql, error))
            continue
        refused = [place.problem(patch.id.file_name) for place in refused_in(parsed, patch.directives)]
        if not parsed:
            instead = "write one or delete the file"
            refused.append(Problem(where=f"{patch.id.file_name}:1", what="no statement in it", instead=instead))
        if refused:
            problems += refused
            continue
        statements = tuple(classify(statement, patch.directives.transaction) for statement in parsed)
        newer = newer_syntax(patch, parsed)
        locked.append(LockedPatch(patch=patch, statements=statements, newer=newer))
    if problems:
        raise BadPatches(problems)
    return tuple(locked)
