"""Patches that a base has are as they were, and new ones come after them: databases may have applied the base."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rdspatch.core.errors import Problem
from rdspatch.core.patch import PatchId

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NEXT = "write what should be different as a new patch"


def changed_since(base: Mapping[str, str], now: Mapping[str, str], *, ref: str) -> Iterator[Problem]:
    """Every patch of the base that was edited, renamed or deleted, and every new one that sorts before its newest.

    Args:
        base: The checksum of each patch file of the base, by name.
        now: The same of the directory as it is.
        ref: The base, as git calls it.
    """
    added = {checksum: name for name, checksum in now.items() if name not in base}
    for name, checksum in sorted(base.items()):
        restore = f"restore it (`git checkout {ref} -- {name}`), and {NEXT}"
        if name in now and now[name] != checksum:
            yield Problem(where=name, what=f"was edited, and {ref} has it already", instead=restore)
        elif name not in now and checksum in added:
            what = f"was renamed to {added[checksum]}, and {ref} has it already"
            yield Problem(where=name, what=what, instead="give it its name back: the ledger knows it by that")
        elif name not in now:
            yield Problem(where=name, what=f"is gone, and {ref} has it already", instead=restore)
    known = sorted(found for name in base if (found := PatchId.from_file_name(name)) is not None)
    renamed = {added[checksum] for name, checksum in base.items() if name not in now and checksum in added}
    for name in sorted(now.keys() - base.keys() - renamed):
        found = PatchId.from_file_name(name)
        if known and found is not None and found < known[-1]:
            what = f"sorts before {known[-1].file_name}, which {ref} has already"
            yield Problem(where=name, what=what, instead="give it the next free number")
