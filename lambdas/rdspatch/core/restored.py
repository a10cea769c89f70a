"""What effects do not show of an object that comes back: its values, and who may use it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from rdspatch.core.drift import DriftKind
from rdspatch.core.proof import HazardKind
from rdspatch.core.schema import ObjectKind

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence

    from rdspatch.core.drift import Difference
    from rdspatch.core.lockfile import LockedPatch
    from rdspatch.core.schema import ObjectName

_CONTENTS: Final = {
    ObjectKind.TABLE: "its rows",
    ObjectKind.COLUMN: "its values",
    ObjectKind.SEQUENCE: "its last number, and counts from its start",
}
_PRIVILEGES: Final = re.compile(r"\b(grant|revoke|owner\s+to)\b", re.IGNORECASE)
_WITHOUT_PRIVILEGES: Final = frozenset(
    {
        ObjectKind.CONSTRAINT,
        ObjectKind.EXTENSION,
        ObjectKind.INDEX,
        ObjectKind.POLICY,
        ObjectKind.RULE,
        ObjectKind.TRIGGER,
    },
)
_EVERYTHING: Final = re.compile(r"\ball\s+\w+\s+in\s+schema\b", re.IGNORECASE)


def comes_back_without(
    heals: Sequence[Difference], history: Sequence[LockedPatch], replayed: Container[str]
) -> Iterator[str]:
    """A sentence for each table, column and sequence whose contents no replay restores.

    Args:
        heals: What comes back.
        history: The applied patches.
        replayed: The names of those that are replayed; the others' changes of rows are named.
    """
    for difference in heals:
        contents = _CONTENTS.get(difference.object.kind)
        if contents is None or difference.kind is not DriftKind.MISSING:
            continue
        writers = [
            locked.patch.name
            for locked in history
            if locked.patch.name not in replayed and _writes(locked, difference.object)
        ]
        written = f"; {', '.join(writers)} wrote some of them and is not replayed" if writers else ""
        yield f"{difference.object} comes back without {contents}{written}"


def _writes(locked: LockedPatch, name: ObjectName) -> bool:
    places = {".".join(name.path[:end]) for end in (2, 3)}
    return any(hazard.kind is HazardKind.DATA and hazard.on in places for hazard in locked.hazards)


def sets_privileges(locked: LockedPatch, heals: Sequence[Difference]) -> bool:
    """Whether a patch says who owns or may use something that comes back; no effect shows it, so its text is read."""
    names = [
        _own_name(it.object)
        for it in heals
        if it.kind is DriftKind.MISSING and it.object.kind not in _WITHOUT_PRIVILEGES
    ]
    texts = (locked.text_of(statement) for statement in locked.statements)
    return bool(names) and any(
        _PRIVILEGES.search(text) and (_EVERYTHING.search(text) or any(_names(name, text) for name in names))
        for text in texts
    )


def _own_name(name: ObjectName) -> str:
    return name.path[1] if name.kind is ObjectKind.FUNCTION else name.path[-1]


def _names(name: str, text: str) -> bool:
    """Whether a text holds a name, quoted or not, as a word of its own."""
    word = re.escape(name.replace('"', '""'))
    return re.search(rf"(?<![\w$]){word}(?![\w$])", text, re.IGNORECASE) is not None
