"""Many problems as text: what has one cause is said once, with every place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rdspatch.core.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rdspatch.core.errors import Problem


def listed(problems: Iterable[Problem]) -> str:
    """A line for each cause, in the order of their first places; below one with several places, all of them."""
    causes: dict[str, list[Problem]] = {}
    for problem in problems:
        causes.setdefault(problem.cause, []).append(problem)
    return "\n".join(_cause(same) for same in causes.values())


def _cause(problems: list[Problem]) -> str:
    first = problems[0]
    if len(problems) == 1:
        return f"  {first}"
    places = ", ".join(printable(problem.where) for problem in problems)
    return f"  {len(problems)} times: {first.cause}\n    {places}"
