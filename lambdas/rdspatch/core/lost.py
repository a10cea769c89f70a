"""Lost patches: they were applied, and the ledger does not have them any more.

A failover to a standby that lagged behind takes back the newest commits, rows of the ledger and effects together; so
does a restore, further back. A part of the ledger may also be gone alone, and what its patches did is still there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rdspatch.core.counted import counted
from rdspatch.core.errors import PatchesLost
from rdspatch.core.parts import owner_of
from rdspatch.core.patch import PatchId

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rdspatch.core.ledger import AppliedPatch, Ledger
    from rdspatch.core.lockfile import LockedPatch
    from rdspatch.core.schema import ObjectName

_MOST_NAMES = 10
_CAUSE = (
    "The database went back to an earlier state, as by a failover to a standby that lagged behind or by a restore. "
    "Running again is the recovery: it applies again, in their order, those whose files it has"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """What the audit has as applied and the ledger has not, and what is known of those that were overtaken.

    A patch was overtaken when another one that comes after it, and touches what it touches, is in the ledger. Its proof
    says nothing of running it now: it could take back what the later one did.
    """

    rows: tuple[AppliedPatch, ...] = ()
    """In the order in which they were applied."""
    standing: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Patches that were overtaken, and the schema is what they and the later ones lead to: by name, each with the
    patches of the ledger that come after it, in their order."""
    refused: Mapping[str, str] = field(default_factory=dict)
    """Other patches that were overtaken, by name, each with the reason not to run it."""

    def find(self, patch_id: str) -> AppliedPatch | None:
        return next((row for row in self.rows if row.patch_id == patch_id), None)

    def __str__(self) -> str:
        """For messages: how many they are, and the first ones by name."""
        are = (
            "patch that the audit has as applied is"
            if len(self.rows) == 1
            else "patches that the audit has as applied are"
        )
        return f"{len(self.rows)} {are} not in the ledger: {_shown([row.patch_id for row in self.rows])}"


def lost_from(ledger: Ledger, audited: Ledger) -> tuple[AppliedPatch, ...]:
    """What the audit says is applied and the ledger does not have, under whatever checksum.

    A patch is recorded after its row is committed, so the audit has to be read before the ledger, or both under the run
    lock: else a run that is at work looks like a loss.
    """
    names = {row.patch_id for row in ledger.applied}
    return tuple(row for row in audited.applied if row.patch_id not in names)


def patches_lost(names: Sequence[str], *, witness: str) -> PatchesLost:
    """The error for patches that are gone.

    Args:
        names: Their names, in order.
        witness: Who says that they were applied, after the words "the ledger lacks what".
    """
    what = f"{counted(len(names), 'patch is', 'patches are')} lost, for the ledger lacks what {witness}"
    return PatchesLost(f"{what}: {_shown(names)}. {_CAUSE}", patches=tuple(names))


def overtaken_by(
    locked: LockedPatch, ledger: Ledger, files: Mapping[str, LockedPatch]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The applied patches that come after a lost one.

    Returns:
        The names of those that touch what it touches, and of those of which nobody knows what they touch.
    """
    later = [row for row in ledger.applied if _comes_after(row, locked)]
    unknown = tuple(row.patch_id for row in later if not _is_known(row, files))
    touched = _touched(locked)
    touching = (
        row.patch_id for row in later if _is_known(row, files) and _meet(touched, _touched(files[row.patch_id]))
    )
    return tuple(touching), unknown


def rows_after(locked: LockedPatch, ledger: Ledger) -> tuple[str, ...]:
    """The patches of the ledger that come after a lost one in the order of their application."""
    names = [row.patch_id for row in ledger.applied]
    first = next((n for n, row in enumerate(ledger.applied) if _comes_after(row, locked)), len(names))
    return tuple(names[first:])


def with_lost(ledger: Ledger, lost: Iterable[str], files: Mapping[str, LockedPatch]) -> tuple[LockedPatch, ...]:
    """The patches of the ledger that have a file here, and the lost ones before the first that comes after them."""
    history = [files[row.patch_id] for row in ledger.applied if _is_known(row, files)]
    for locked in sorted((files[name] for name in lost), key=lambda locked: locked.patch.id):
        place = next((n for n, it in enumerate(history) if it.patch.id > locked.patch.id), len(history))
        history.insert(place, locked)
    return tuple(history)


def objects_of(locked: LockedPatch) -> frozenset[ObjectName]:
    """What a patch was proven to touch."""
    return frozenset(effect.object for effect in locked.effects or ())


def _shown(names: Sequence[str]) -> str:
    return ", ".join([*names[:_MOST_NAMES], *(["…"] if len(names) > _MOST_NAMES else [])])


def _comes_after(row: AppliedPatch, locked: LockedPatch) -> bool:
    place = PatchId.from_file_name(f"{row.patch_id}.sql")
    return place is not None and place > locked.patch.id


def _is_known(row: AppliedPatch, files: Mapping[str, LockedPatch]) -> bool:
    found = files.get(row.patch_id)
    return found is not None and found.patch.checksum == row.checksum and found.effects is not None


def _touched(locked: LockedPatch) -> dict[ObjectName, tuple[str, ...] | None]:
    """The objects that a patch touches, each with the table or view that it is a part of."""
    return {
        effect.object: owner_of(effect.object, effect.after or effect.before or {}) for effect in locked.effects or ()
    }


def _meet(one: Mapping[ObjectName, tuple[str, ...] | None], other: Mapping[ObjectName, tuple[str, ...] | None]) -> bool:
    """Whether two patches touch an object in common, or one of them a part of what the other touches as a whole."""
    paths, others = {name.path for name in one}, {name.path for name in other}
    return bool(paths & others or others.intersection(_wholes(one)) or paths.intersection(_wholes(other)))


def _wholes(touched: Mapping[ObjectName, tuple[str, ...] | None]) -> list[tuple[str, ...]]:
    return [whole for whole in touched.values() if whole is not None]
