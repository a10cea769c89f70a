"""What other roles could slip into a patch: what they may create where names are looked up, and what is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rdspatch.core.counted import counted
from rdspatch.core.doctor.finding import Finding, ok, warning
from rdspatch.core.strangers.creators import trouble_with_creators

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rdspatch.core.strangers.creators import Creator
    from rdspatch.core.strangers.shadowing import Shadow

_MOST_NAMED = 5


def judge_creators(creators: Sequence[Creator]) -> Finding:
    """Whether nobody else may put anything where patches look names up."""
    trouble = trouble_with_creators(creators)
    if trouble is None:
        return ok("creators", "nobody else may create anything in the search path")
    return warning("creators", trouble.what, trouble.instead)


def judge_shadows(shadows: Sequence[Shadow]) -> Finding:
    """Whether nobody else's code has a name of the catalog's; a patch that may call it is refused."""
    found = [shadow for shadow in shadows if shadow.on_path and shadow.hides]
    if not found:
        return ok("shadowed names", "no function or operator of others has a name of the catalog's")
    named = ", ".join(map(str, found[:_MOST_NAMED])) + (", …" if len(found) > _MOST_NAMED else "")
    what = f"{counted(len(found), 'name', 'names')} of the catalog's may mean code of others: {named}"
    return warning("shadowed names", what, "drop it or change its owner; patches that may call it are refused")
