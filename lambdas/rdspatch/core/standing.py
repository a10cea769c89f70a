"""Which `verify:` queries are asked: a later patch may retire those of an earlier one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rdspatch.core.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rdspatch.core.patch import Patch, Retirement


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyQuery:
    """One `verify:` directive."""

    patch: Patch
    number: int
    """From 1, among the queries of its patch."""
    text: str

    @property
    def retired_by(self) -> str:
        """The directive that retires it, for the header of a later patch."""
        number = f" {self.number}" if len(self.patch.directives.verify) > 1 else ""
        return f"-- retire-verify: {self.patch.name}{number}"


def standing_queries(patches: Iterable[Patch]) -> tuple[VerifyQuery, ...]:
    """The queries of these patches that none of them retires, in order."""
    patches = tuple(patches)
    retired = {(by.patch, by.query) for patch in patches for by in patch.directives.retires}
    return tuple(
        VerifyQuery(patch=patch, number=number, text=text)
        for patch in patches
        for number, text in enumerate(patch.directives.verify, start=1)
        if not retired & {(name, asked) for name in _names(patch) for asked in (None, number)}
    )


def retirement_problems(patches: Sequence[Patch]) -> Iterator[Problem]:
    """Every `retire-verify` that names no query of an earlier patch.

    Args:
        patches: In order.
    """
    earlier: dict[str, Patch] = {}
    for patch in patches:
        for by in patch.directives.retires:
            what = _wrong(by, earlier.get(by.patch))
            if what:
                instead = "name an earlier patch that has a `verify:`, and the number of its query where it has several"
                yield Problem(where=patch.id.file_name, what=f"`retire-verify: {by}` {what}", instead=instead)
        earlier.update(dict.fromkeys(_names(patch), patch))


def _wrong(by: Retirement, patch: Patch | None) -> str:
    if patch is None:
        return "names no earlier patch"
    count = len(patch.directives.verify)
    if by.query is None:
        return "" if count else "names a patch without a query"
    return "" if by.query <= count else f"names a query that {patch.name} does not have"


def _names(patch: Patch) -> tuple[str, str]:
    """Its name and its number, by either of which a directive may call it."""
    return patch.name, patch.name.partition("_")[0]
