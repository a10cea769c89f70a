"""Drift: the difference between what the ledger implies and the live schema."""

from __future__ import annotations

import enum
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

from rdspatch.core.counted import counted
from rdspatch.core.expectation import (
    Expected,
    Mismatch,
    compare,
    expected_now,
    missing_from,
    shown,
    within,
    without_varying,
)
from rdspatch.core.judged_privileges import with_judged_privileges
from rdspatch.core.parts import by_whole
from rdspatch.core.schema import ObjectName, Schema, effects_between

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from rdspatch.core.ledger import AppliedPatch, Ledger
    from rdspatch.core.lockfile import LockedPatch, LockFile
    from rdspatch.core.schema import Effect, Properties

BASELINE = "baseline"
"""Stands for a patch's name where the baseline makes the claim."""
_MOST_NAMES = 5


class DriftKind(enum.Enum):
    """How a live object differs from what is expected of it."""

    MISSING = "missing"
    CHANGED = "changed"
    EXTRA = "extra"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One object that is not as expected."""

    kind: DriftKind
    object: ObjectName
    patch: str
    """The newest patch, or `baseline`, that says otherwise; empty for an extra object that none of them ever named."""
    details: tuple[Mismatch, ...]
    """One for each property that differs; for a missing or an extra object a single one without property."""
    parts: tuple[ObjectName, ...] = ()
    """What is missing, or extra, along with a table or view: columns, constraints, indexes, and so on."""
    values: Properties = field(default_factory=dict, compare=False, repr=False)
    """Of what is missing or extra: the properties that it should have, or has."""

    def __str__(self) -> str:
        separator = ": " if self.kind is DriftKind.CHANGED else " "
        parts = f", with {counted(len(self.parts), 'part', 'parts')}" if self.parts else ""
        return f"{self.kind.value} {self.object}{separator}{'; '.join(self._predicates())}{parts}"

    def _predicates(self) -> Iterable[str]:
        for patch, details in groupby(self.details, key=lambda detail: detail.patch):
            yield "; ".join(detail.predicate() for detail in details) + (f" ({patch})" if patch else "")

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind.value,
            "object": self.object.to_json(),
            "patch": self.patch,
            "details": [detail.to_json() for detail in self.details],
            "parts": [part.to_json() for part in self.parts],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """Every difference, in the order of the objects' names."""

    differences: tuple[Difference, ...] = ()
    unknown: tuple[str, ...] = ()
    """Rows of the ledger that no file stands for, or a file of another checksum. They may have changed anything: what
    was expected before them is not, and an object that nothing names is not extra."""
    unjudged: tuple[Difference, ...] = ()
    """What would be a difference if those patches had done nothing, or what their file says now."""
    pending: tuple[str, ...] = ()
    """Patches that are not in the ledger; what they would do is not missing."""

    @property
    def is_judged(self) -> bool:
        """Whether "no drift" may be said where there is no difference."""
        return not self.unknown

    @property
    def why_unjudged(self) -> str:
        """Why not everything is judged, and what to do about it; nothing where it is."""
        if self.is_judged:
            return ""
        names = ", ".join(self.unknown[:_MOST_NAMES]) + (" …" if len(self.unknown) > _MOST_NAMES else "")
        count = counted(len(self.unknown), "patch of the ledger has", "patches of the ledger have")
        return (
            f"{count} no file here with the text that was applied ({names}), so what was changed there is not known; "
            "look again with those files"
        )

    def of(self, kind: DriftKind) -> tuple[Difference, ...]:
        return tuple(difference for difference in self.differences if difference.kind is kind)

    @property
    def counts(self) -> dict[str, int]:
        """How many differences there are of each kind, all three named."""
        found = Counter(difference.kind for difference in self.differences)
        return {kind.value: found[kind] for kind in DriftKind}

    def to_json(self) -> dict[str, Any]:
        return {
            **self.counts,
            "unknown": list(self.unknown),
            "unjudged": [difference.to_json() for difference in self.unjudged],
            "pending": list(self.pending),
            "differences": [difference.to_json() for difference in self.differences],
        }


def drift_between(lock: LockFile, ledger: Ledger, live: Schema) -> Drift:
    """Compare a live schema with the baseline and the patches that the ledger holds.

    Objects outside the lock file's scope are not looked at, nor are parts of tables outside it.

    Args:
        lock: What baseline and patches were proven to do.
        ledger: Without rows, the baseline alone is expected.
        live: The schema as it was read.
    """
    start = () if lock.baseline is None else lock.baseline.schema.objects.keys()
    lock, live = _without_settled(lock, live)
    files = {locked.patch.name: locked for locked in lock.patches}
    known = {row.patch_id: locked for row in ledger.applied if (locked := _file_of(row, files)) is not None}
    unknown = tuple(row.patch_id for row in ledger.applied if row.patch_id not in known)
    differences = _differences(lock, ledger, live, _History(known, gaps=None, settled=start))
    unjudged: tuple[Difference, ...] = ()
    if unknown:
        judged = {difference.object for difference in differences}
        supposed = _differences(lock, ledger, live, _History(files, gaps=(), settled=start))
        unjudged = tuple(difference for difference in supposed if difference.object not in judged)
    applied = {row.patch_id for row in ledger.applied}
    return Drift(
        differences=differences,
        unknown=unknown,
        unjudged=unjudged,
        pending=tuple(name for name in files if name not in applied),
    )


@dataclass(frozen=True, slots=True)
class _History:
    """What stands for the rows of the ledger."""

    patches: Mapping[str, LockedPatch]
    gaps: tuple[Effect, ...] | None
    """What a row does that none of them stands for; None where that is not known."""
    settled: Collection[ObjectName] = ()
    """Objects of the baseline, of which those that are as they were are not in the schemas any more."""


def _differences(lock: LockFile, ledger: Ledger, live: Schema, history: _History) -> tuple[Difference, ...]:
    applied = [history.patches[row.patch_id] for row in ledger.applied if row.patch_id in history.patches]
    everything, live = without_varying(_expected(lock, ledger, history), live, applied)
    is_known = history.gaps is not None or len(applied) == len(ledger.applied)
    settled = history.settled if is_known else None
    everything = with_judged_privileges(
        everything, live, wanted=lock.scope.privileges, baseline=BASELINE, settled=settled
    )
    expected, found = within(lock.scope, everything, live)
    order = [BASELINE, *(row.patch_id for row in ledger.applied)]
    differences = (
        *_missing_and_changed(expected, found, order),
        *_extra(expected, found, are_unnamed_judged=is_known),
    )
    return tuple(sorted(differences, key=lambda difference: difference.object.sort_key))


def _expected(lock: LockFile, ledger: Ledger, history: _History) -> Mapping[ObjectName, Expected]:
    """What baseline and applied patches say of every object, in the order of the ledger."""
    start = None if lock.baseline is None else effects_between(Schema({}), lock.baseline.schema)
    said: list[tuple[str, Iterable[Effect] | None]] = [(BASELINE, start)]
    for row in ledger.applied:
        locked = history.patches.get(row.patch_id)
        said.append((row.patch_id, history.gaps if locked is None else locked.effects))
    return expected_now(said)


def in_question(lock: LockFile, ledger: Ledger, live: Schema) -> Mapping[ObjectName, Properties]:
    """What is expected of each object that is not exactly as the baseline has it."""
    lock, _ = _without_settled(lock, live)
    files = {locked.patch.name: locked for locked in lock.patches}
    expected = _expected(lock, ledger, _History(files, gaps=()))
    return {name: it.values for name, it in expected.items() if it.exists.value}


def _without_settled(lock: LockFile, live: Schema) -> tuple[LockFile, Schema]:
    """Both without the objects of the baseline that no patch names and that are what they were.

    That is nearly all of a large schema, and there is nothing to be said of them.
    """
    if lock.baseline is None:
        return lock, live
    start = lock.baseline.schema.objects
    named = {effect.object for locked in lock.patches for effect in locked.effects or ()}
    settled = {name for name, it in start.items() if live.objects.get(name) == it and name not in named}
    rest = Schema({name: it for name, it in start.items() if name not in settled})
    found = Schema({name: it for name, it in live.objects.items() if name not in settled})
    return replace(lock, baseline=replace(lock.baseline, schema=rest)), found


def _file_of(row: AppliedPatch, files: Mapping[str, LockedPatch]) -> LockedPatch | None:
    locked = files.get(row.patch_id)
    return locked if locked is not None and locked.patch.checksum == row.checksum else None


def _missing_and_changed(
    expected: Mapping[ObjectName, Expected], live: Schema, order: Sequence[str]
) -> Iterable[Difference]:
    missing = missing_from(live, expected)
    mismatches = defaultdict(list)
    for mismatch in compare(expected, live):
        mismatches[mismatch.object].append(mismatch)
    for name, details in mismatches.items():
        if not expected[name].exists.value:
            continue
        yield Difference(
            kind=DriftKind.MISSING if name in missing else DriftKind.CHANGED,
            object=name,
            patch=max((detail.patch for detail in details), key=order.index),
            details=tuple(details),
            parts=missing.get(name, ()),
            values=expected[name].values if name in missing else {},
        )


def _extra(expected: Mapping[ObjectName, Expected], live: Schema, *, are_unnamed_judged: bool) -> Iterable[Difference]:
    """What is there although a patch dropped it, and what nobody ever named."""
    claims = {name: it.exists for name, it in expected.items()}
    extra = {
        name: properties
        for name, properties in live.objects.items()
        if not name.kind.is_privileges and (are_unnamed_judged if name not in claims else not claims[name].value)
    }
    for name, parts in by_whole(extra).items():
        claim = claims.get(name)
        there = shown(extra[name])
        detail = Mismatch(
            object=name,
            property=None,
            expected="nothing" if claim is None else "dropped",
            found=f"there ({there})" if there else "there",
            patch="" if claim is None else claim.patch,
        )
        yield Difference(
            kind=DriftKind.EXTRA, object=name, patch=detail.patch, details=(detail,), parts=parts, values=extra[name]
        )
