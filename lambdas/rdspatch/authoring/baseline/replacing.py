"""Whether a baseline may be written where something is already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rdspatch.core.counted import counted
from rdspatch.core.directory import BASELINE
from rdspatch.core.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rdspatch.core.ledger import Ledger

_FORCE = "--force writes it all the same"


def reasons_against(
    text: str, *, existing: str | None, patches: Sequence[str], ledger: Ledger, force: bool
) -> tuple[Problem, ...]:
    """Why the baseline is not written; none where nothing would be lost, or where the author insists.

    Args:
        text: The baseline that would be written.
        existing: The one that is there.
        patches: The names of the patches beside it, without `.sql`.
        ledger: What the database says was applied to it.
        force: Whether the author insists. A patch that the database has would still be in the baseline twice.
    """
    applied = [name for name in patches if ledger.find(name) is not None]
    if applied:
        return (
            Problem(
                where="--database",
                what=f"has {_shown(applied)} applied, so its schema is not the one before the first patch",
                instead="take a database that no patch was applied to",
            ),
        )
    return () if force else tuple(_doubts(text, existing, patches, ledger))


def _doubts(text: str, existing: str | None, patches: Sequence[str], ledger: Ledger) -> Iterator[Problem]:
    if ledger.applied:
        rows = [row.patch_id for row in ledger.applied]
        what = f"has {_shown(rows)} applied, which no file stands for"
        yield Problem(where="--database", what=what, instead=f"its schema would become the baseline; {_FORCE}")
    if existing is None or existing == text:
        return
    if patches:
        what = f"is what {_shown(patches)} {'were' if len(patches) > 1 else 'was'} proven on"
        instead = f"`rdspatch lock` would have to prove {'them' if len(patches) > 1 else 'it'} on another one"
        yield Problem(where=BASELINE, what=what, instead=f"{instead}; {_FORCE}")
    else:
        yield Problem(where=BASELINE, what="is there and says something else", instead=_FORCE)


def _shown(names: Sequence[str]) -> str:
    rest = len(names) - 1
    return names[0] if not rest else f"{names[0]} and {counted(rest, 'other patch', 'other patches')}"
