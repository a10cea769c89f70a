"""What a run will do with each patch on this very database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rdspatch.core.errors import PlanRefused
from rdspatch.core.failure import SqlFailed
from rdspatch.core.plan import NOTHING_LOST, OutOfOrder, Plan, make_plan, without_misread, without_shadowed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rdspatch.core.ledger import Ledger
    from rdspatch.core.lockfile import LockedPatch
    from rdspatch.core.lost import Lost
    from rdspatch.core.strangers.shadowing import Shadow
    from rdspatch.ports import Session


def plan_patches(
    patches: Sequence[LockedPatch],
    ledger: Ledger,
    session: Session,
    *,
    out_of_order: OutOfOrder,
    lost: Lost = NOTHING_LOST,
) -> Plan:
    """Decide from the ledger, and refuse what may run the code of somebody else, or what the server would misread.

    The server is asked only where something is to be run.

    Raises:
        LedgerUnusable: Strangers have a hand in the ledger.
        PlanRefused: The server does not say what code there is. Refusals of single patches are in the plan.
        OutcomeUnknown: The connection broke.
        ReadBlocked: A lock was in the way.
    """
    ledger.require_ours()
    plan = make_plan(patches, ledger, out_of_order=out_of_order, lost=lost)
    plan = without_misread(plan, session.server_version())
    return without_shadowed(plan, read_shadows(session)) if plan.to_run else plan


def read_shadows(session: Session) -> tuple[Shadow, ...]:
    """Code of other roles that names may mean; raises as `plan_patches` does."""
    try:
        return session.shadows()
    except SqlFailed as failed:
        why = f"{failed.failure.message} (SQLSTATE {failed.failure.sqlstate})"
        raise PlanRefused(f"what the names in patches mean here cannot be read: {why}; run again") from failed
