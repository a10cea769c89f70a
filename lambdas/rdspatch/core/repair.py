"""Repair: which applied patches to replay so that what is missing comes back, and why nothing else may happen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rdspatch.core.additive import reasons_against
from rdspatch.core.blocking import blocking
from rdspatch.core.directory import LOCK_FILE
from rdspatch.core.drift import DriftKind
from rdspatch.core.errors import Problem, RepairRefused
from rdspatch.core.left_alone import Left, is_healable, why_left
from rdspatch.core.restored import comes_back_without, sets_privileges
from rdspatch.core.strangers.shadowing import shadowed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from rdspatch.core.drift import Difference, Drift
    from rdspatch.core.ledger import Ledger
    from rdspatch.core.lockfile import LockedPatch, LockFile
    from rdspatch.core.schema import ObjectName
    from rdspatch.core.strangers.shadowing import Shadow


_NEW_PATCH = "write a new patch that brings it back without holding up writers"


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairPlan:
    """What a repair does about each difference."""

    replays: tuple[LockedPatch, ...] = ()
    """In the order in which they were applied."""
    heals: tuple[Difference, ...] = ()
    leaves: tuple[Left, ...] = ()
    without: tuple[str, ...] = ()
    """What comes back without its values, and the patches that wrote some of them."""
    refusals: tuple[Problem, ...] = ()

    @property
    def objects(self) -> frozenset[ObjectName]:
        """What the replays may add or make valid; everything else has to stay as it is."""
        return frozenset(name for it in self.heals for name in (it.object, *it.parts))

    def require_no_refusal(self) -> None:
        """Raise `RepairRefused` with every reason, if there is one."""
        if self.refusals:
            raise RepairRefused(self.refusals)

    def to_json(self) -> dict[str, Any]:
        return {
            "replays": [locked.patch.name for locked in self.replays],
            "heals": [str(difference) for difference in self.heals],
            "leaves": [str(left) for left in self.leaves],
            "without": list(self.without),
        }


def require_usable(lock: LockFile) -> None:
    """Raise `RepairRefused` when nothing can be concluded from the lock file."""
    if lock.baseline is None or any(locked.effects is None for locked in lock.patches):
        what = "does not say what the patches do" if lock.patches else "holds no patch and no baseline"
        instead = "use the artefact that the patches were applied from, locked by `rdspatch lock`"
        raise RepairRefused([Problem(where=LOCK_FILE, what=what, instead=instead)])


def plan_repair(
    lock: LockFile, ledger: Ledger, drift: Drift, *, limit: int, begun: Sequence[LockedPatch] = ()
) -> RepairPlan:
    """Decide what to replay.

    An object that is missing comes back by the patch that made it and every later one that changed it. Each later
    patch that touches what a replayed one touches is replayed as well, so that no replay ends in an earlier state.
    All of them have to be purely additive, or everything is refused.

    Args:
        lock: What the patches were proven to do.
        ledger: What is applied, in its order.
        drift: What is not as it should be.
        limit: The most patches to replay.
        begun: Pending patches of which a run has done a part already.
    """
    files = {locked.patch.name: locked for locked in lock.patches}
    history = tuple(files[row.patch_id] for row in ledger.applied if row.patch_id in files)
    leaves = tuple(Left(difference=it, reason=why) for it in drift.differences if (why := why_left(it, drift, files)))
    left = {it.difference.object for it in leaves}
    heals = tuple(it for it in drift.differences if it.object not in left)
    wanted = _wanted(heals, history)
    plan = RepairPlan(
        replays=tuple(locked for locked in history if locked.patch.name in wanted),
        heals=heals,
        leaves=leaves,
        without=tuple(comes_back_without(heals, history, wanted)),
    )
    refusals = (*_unjudgeable(drift, files, begun), *_unsafe(plan, wanted), *_too_many(plan, limit))
    return plan if not refusals else RepairPlan(heals=heals, leaves=leaves, refusals=refusals)


def repair_without_shadowed(plan: RepairPlan, shadows: tuple[Shadow, ...]) -> RepairPlan:
    """The same plan, or its refusal where a replay may run the code of somebody else."""
    found = [(locked, shadowed(locked.patch.sql, shadows)) for locked in plan.replays]
    refusals = tuple(Problem(where=locked.patch.id.file_name, what=why) for locked, why in found if why)
    return RepairPlan(heals=plan.heals, leaves=plan.leaves, refusals=refusals) if refusals else plan


def still_broken(plan: RepairPlan, after: Drift, replayed: Iterable[LockedPatch]) -> tuple[Difference, ...]:
    """What is missing although the patch that made it was replayed, or not valid although that patch was."""
    names = {locked.patch.name for locked in replayed}
    objects = plan.objects
    return tuple(
        it
        for it in after.differences
        if it.object in objects and is_healable(it) and names.issuperset(_patches_for(it, plan.replays)[:1])
    )


def _wanted(heals: Sequence[Difference], history: Sequence[LockedPatch]) -> dict[str, str]:
    """The patches to replay, by name, each with the reason."""
    wanted = {name: f"it made or changed {it.object}" for it in heals for name in _patches_for(it, history)}
    while more := dict(_pulled_in(wanted, heals, history)):
        wanted |= more
    return wanted


def _patches_for(difference: Difference, history: Sequence[LockedPatch]) -> list[str]:
    """The patches that bring an object back with its parts, or that make it valid; its maker is the first."""
    if difference.kind is DriftKind.CHANGED:
        return [detail.patch for detail in difference.details]
    objects = (difference.object, *difference.parts)
    return [locked.patch.name for name in objects for locked in _claimants(name, history)]


def _claimants(name: ObjectName, history: Sequence[LockedPatch]) -> list[LockedPatch]:
    """The newest patch that made an object, and those that changed it since; all that touch it where none made it."""
    found: list[LockedPatch] = []
    for locked in history:
        for effect in locked.effects or ():
            if effect.object == name:
                found = [locked] if effect.before is None else [*found, locked]
    return found


def _pulled_in(
    wanted: Mapping[str, str], heals: Sequence[Difference], history: Sequence[LockedPatch]
) -> Iterator[tuple[str, str]]:
    """Patches that belong to the replays because they come after one of them and touch the same."""
    touched: dict[ObjectName, str] = {}
    for locked in history:
        name = locked.patch.name
        objects = [effect.object for effect in locked.effects or ()]
        if name in wanted:
            touched |= {it: name for it in objects if it not in touched}
            continue
        again = next((it for it in objects if it in touched), None)
        if again is not None:
            yield name, f"it touches {again} after {touched[again]}, which is to be replayed"
        elif touched and sets_privileges(locked, heals):
            yield name, "it sets privileges of what comes back"


def _unjudgeable(drift: Drift, files: Mapping[str, LockedPatch], begun: Sequence[LockedPatch]) -> Iterator[Problem]:
    for name in drift.unknown:
        if name in files:
            what, instead = "was edited after it was applied", "restore the file and put the change into a new patch"
            yield Problem(where=files[name].patch.id.file_name, what=what, instead=instead)
        else:
            what = "is applied and not among the patches here, so that nobody knows what it did"
            yield Problem(where=name, what=what, instead="use the artefact that it was applied from")
    for locked in begun:
        what, instead = "is applied in part, and what it removed looks as if it were missing", "let a run apply it"
        yield Problem(where=locked.patch.id.file_name, what=what, instead=instead)


def _unsafe(plan: RepairPlan, wanted: Mapping[str, str]) -> Iterator[Problem]:
    instead = "bring back what is missing by a new patch"
    for locked in plan.replays:
        why = f"to be replayed because {wanted[locked.patch.name]}, but it"
        for line, reason in reasons_against(locked):
            where = locked.patch.id.file_name + (f":{line}" if line else "")
            yield Problem(where=where, what=f"{why} {reason}", instead=instead)
        for name, reason in blocking(locked, plan.objects):
            what = f"{why} could bring back {name} only by {reason}"
            yield Problem(where=locked.patch.id.file_name, what=what, instead=_NEW_PATCH)
        adds = {effect.object for effect in locked.effects or () if effect.before is None}
        for left in plan.leaves:
            if left.difference.kind is DriftKind.MISSING and adds & {left.difference.object, *left.difference.parts}:
                what = f"{why} would also bring back {left.difference.object}: {left.reason}"
                yield Problem(where=locked.patch.id.file_name, what=what, instead=instead)


def _too_many(plan: RepairPlan, limit: int) -> Iterator[Problem]:
    if len(plan.replays) > limit:
        what = f"{len(plan.replays)} patches would be replayed, and the limit is {limit}"
        yield Problem(where="limit", what=what, instead="look at what happened before you raise it")
