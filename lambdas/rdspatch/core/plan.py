"""The plan: what a run will do with each patch, and why."""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rdspatch.core.counted import counted
from rdspatch.core.errors import PlanRefused
from rdspatch.core.lost import Lost
from rdspatch.core.newer_syntax import read_otherwise
from rdspatch.core.patch import PatchId
from rdspatch.core.strangers.shadowing import shadowed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rdspatch.core.ledger import AppliedPatch, Ledger
    from rdspatch.core.lockfile import LockedPatch
    from rdspatch.core.strangers.shadowing import Shadow


class Action(enum.Enum):
    """What happens to one patch."""

    APPLY = "apply"
    SKIP = "skip"
    REFUSE = "refuse"


class OutOfOrder(enum.Enum):
    """What to do with a pending patch that comes before an applied one."""

    REFUSED = "refused"
    ALLOWED = "allowed"

    @classmethod
    def of(cls, *, allowed: bool) -> OutOfOrder:
        return cls.ALLOWED if allowed else cls.REFUSED


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One patch and what is decided about it."""

    locked: LockedPatch
    action: Action
    why: str = ""
    """The reason, where it does not follow from the ledger's row."""
    applied: AppliedPatch | None = None
    row_before: tuple[str, ...] = ()
    """The patches of the ledger that come after one whose work is there: only its row is written, before theirs."""

    @property
    def is_run(self) -> bool:
        """Whether its text is sent, and not only its row written."""
        return self.action is Action.APPLY and not self.row_before

    @property
    def reason(self) -> str:
        """For people."""
        if self.applied is None or self.why:
            return self.why
        return f"applied {self.applied.applied_at_utc} by run {self.applied.run_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Every patch of the directory in order, and the ledger's rows that no file stands for."""

    steps: tuple[Step, ...]
    without_file: tuple[AppliedPatch, ...] = ()
    """Applied by a newer artefact than this one; fine, since a pipeline may roll back."""

    @property
    def pending(self) -> tuple[Step, ...]:
        return self._with(Action.APPLY)

    @property
    def to_run(self) -> tuple[LockedPatch, ...]:
        """The patches that are sent."""
        return tuple(step.locked for step in self.steps if step.is_run)

    @property
    def applied(self) -> tuple[Step, ...]:
        return self._with(Action.SKIP)

    @property
    def refused(self) -> tuple[Step, ...]:
        return self._with(Action.REFUSE)

    def _with(self, action: Action) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.action is action)

    def require_no_refusal(self) -> None:
        """Raise `PlanRefused` with every refused patch and its reason, if there is one."""
        if self.refused:
            lines = "\n".join(f"  {step.locked.patch.id.file_name}: {step.reason}" for step in self.refused)
            count = counted(len(self.refused), "patch", "patches")
            raise PlanRefused(f"{count} refused, nothing was applied:\n{lines}")


NOTHING_LOST = Lost()


def make_plan(
    patches: Sequence[LockedPatch], ledger: Ledger, *, out_of_order: OutOfOrder, lost: Lost = NOTHING_LOST
) -> Plan:
    """Decide what a run does with each patch.

    Args:
        patches: The patches of the directory, in order.
        ledger: What the database says is applied.
        out_of_order: Whether a pending patch may come before the newest applied one.
        lost: What the audit has as applied and the ledger has not. Such a patch is applied again in its order, also
            before patches that are applied, as long as it was proven with the text that was applied and nothing later
            stands in its way.

    Returns:
        A step for each patch. A patch is refused when its file changed after it was applied, or when it comes before
        the newest applied one and that is not allowed.
    """
    rows = {row.patch_id: row for row in ledger.applied}
    known = {locked.patch.name: locked for locked in patches}
    without_file = tuple(row for row in ledger.applied if row.patch_id not in known)
    last_here = next((locked.patch.id for name, locked in reversed(known.items()) if name in rows), None)
    of_others = (PatchId.from_file_name(f"{row.patch_id}.sql") for row in without_file)
    newest = max(filter(None, (last_here, *of_others)), default=None)
    return Plan(
        steps=tuple(_step(locked, rows.get(name), newest, out_of_order, lost) for name, locked in known.items()),
        without_file=without_file,
    )


def without_shadowed(plan: Plan, shadows: tuple[Shadow, ...]) -> Plan:
    """The same plan, with a refusal of each pending patch that may run the code of somebody else.

    Args:
        plan: What a run would do.
        shadows: What there is of other roles' code in the database.
    """
    return _without(plan, lambda locked: shadowed(locked.patch.sql, shadows))


def without_misread(plan: Plan, server: int) -> Plan:
    """The same plan, with a refusal of each pending patch that the server reads otherwise than the parser did.

    Args:
        plan: What a run would do.
        server: The database's `server_version_num`.
    """
    major = server // 10_000

    def misread(locked: LockedPatch) -> str:
        places = "; ".join(map(str, read_otherwise(locked, major)))
        return places and f"the server is PostgreSQL {major} and reads it otherwise: {places}"

    return _without(plan, misread)


def _without(plan: Plan, why_not: Callable[[LockedPatch], str]) -> Plan:
    def judged(step: Step) -> Step:
        why = why_not(step.locked) if step.is_run else ""
        return replace(step, action=Action.REFUSE, why=why) if why else step

    return replace(plan, steps=tuple(map(judged, plan.steps)))


def _step(
    locked: LockedPatch,
    row: AppliedPatch | None,
    newest: PatchId | None,
    out_of_order: OutOfOrder,
    lost: Lost,
) -> Step:
    patch = locked.patch
    if row is not None:
        if row.checksum == patch.checksum:
            return Step(locked=locked, action=Action.SKIP, applied=row)
        why = (
            f"the file changed after it was applied: the ledger has checksum {row.checksum}, the file has "
            f"{patch.checksum}; restore the file and put the change into a new patch"
        )
        return Step(locked=locked, action=Action.REFUSE, why=why, applied=row)
    if newest is not None and patch.id < newest:
        if out_of_order is OutOfOrder.ALLOWED:
            return Step(locked=locked, action=Action.APPLY, why=f"out of order, before {newest}, as allowed")
        gone = lost.find(patch.name)
        if gone is not None and gone.checksum == patch.checksum:
            return _overtaken(locked, gone, newest, lost)
        why = (
            f"it comes before {newest}, which is applied; give it a number after that one, or allow it: "
            "allow_out_of_order in the run's input, --allow-out-of-order on the command line"
        )
        return Step(locked=locked, action=Action.REFUSE, why=why)
    gone = lost.find(patch.name)
    why = patch.directives.patch if gone is None else f"{_lost_words(gone)}; it is applied again"
    return Step(locked=locked, action=Action.APPLY, why=why)


def _overtaken(locked: LockedPatch, gone: AppliedPatch, newest: PatchId, lost: Lost) -> Step:
    """A lost patch that comes before an applied one."""
    name, words = locked.patch.name, _lost_words(gone)
    if name in lost.refused:
        return Step(locked=locked, action=Action.REFUSE, why=f"{words}; {lost.refused[name]}")
    if name in lost.standing:
        why = f"{words}; what it makes is there, so only its row is written"
        return Step(locked=locked, action=Action.APPLY, why=why, row_before=lost.standing[name])
    why = f"{words}; it is applied again before {newest}, which is applied: nothing applied after it touches the same"
    return Step(locked=locked, action=Action.APPLY, why=why)


def _lost_words(gone: AppliedPatch) -> str:
    return f"lost: the audit has it as applied {gone.applied_at_utc} by run {gone.run_id}, and the ledger does not"
